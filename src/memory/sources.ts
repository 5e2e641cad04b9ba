import { utterancesOf } from './block.js';
import { ContextReason, ContextSourceKind, type ContextSource } from './context.model.js';
import { ROLES, tokensOfQuote, type Quote } from './context-text.js';
import type { KnownFact, Turn } from './memory.repository.js';
import type { RecalledSummary } from './recalled-summaries.repository.js';

/** Recalled quotes as sources, best first. */
export function sourcesOf(
  quotes: readonly (Quote & Pick<ContextSource, 'why' | 'score'>)[],
): ContextSource[] {
  return quotes.map(({ turn, side, why, score }) => ({
    kind: ContextSourceKind.INTERACTION,
    id: turn.id,
    role: ROLES[side],
    why,
    score,
    tokens: tokensOfQuote({ turn, side }),
    sequence: turn.sequence,
  }));
}

/** Turns given as messages as sources. */
export function recentSourcesOf(turns: readonly Turn[]): ContextSource[] {
  return turns.flatMap((turn) =>
    sourcesOf(utterancesOf(turn).map(({ side }) => ({ turn, side, why: ContextReason.RECENT, score: 0 }))),
  );
}

export function factSourcesOf(facts: readonly (KnownFact & { tokens: number })[]): ContextSource[] {
  return facts.map(({ id, tokens }) => ({
    kind: ContextSourceKind.FACT,
    id,
    role: null,
    why: ContextReason.PROFILE,
    score: 0,
    tokens,
    sequence: 0,
  }));
}

export function summarySourcesOf(
  summaries: readonly (RecalledSummary & { score: number })[],
): ContextSource[] {
  return summaries.map(({ id, score, tokens, fromSequence }) => ({
    kind: ContextSourceKind.SUMMARY,
    id,
    role: null,
    why: ContextReason.SUMMARY,
    score,
    tokens,
    sequence: fromSequence,
  }));
}
