import type { SeenSummary } from './summaries.repository.js';
import type { Summary } from './summary.model.js';

/** Of the messages of a live part, the share that becomes a summary; the rest stays verbatim. */
const OLDER_SHARE = 0.7;
/** The share of a session's token limit that its summaries may take together. */
const SUMMARIES_SHARE = 0.25;
const MAX_SUMMARY_TOKENS = 500;

/** An interaction that no summary covers, by what it counts. */
export interface LiveInteraction {
  sequence: number;
  revision: number;
  messages: number;
  tokens: number;
  /** Whether its answer is yet to come; after an hour it is not expected any more. */
  awaited: boolean;
}

/**
 * The older part of a live part: its first interactions, in a row, up to the share of its messages and as many tokens as
 * the session may have. An answer that is awaited and a range that another summary covers end it.
 */
export function olderPart(
  live: readonly LiveInteraction[],
  covered: readonly Summary[],
  tokenLimit: number,
): LiveInteraction[] {
  const room = OLDER_SHARE * live.reduce((sum, { messages }) => sum + messages, 0);
  const part: LiveInteraction[] = [];
  let messages = 0;
  let tokens = 0;
  for (const interaction of live) {
    const last = part.at(-1);
    messages += interaction.messages;
    tokens += interaction.tokens;
    const isCut = covered.some(
      ({ fromSequence }) => last && fromSequence > last.sequence && fromSequence < interaction.sequence,
    );
    if (interaction.awaited || isCut || (last && (messages > room || tokens > tokenLimit))) break;
    part.push(interaction);
  }
  return part;
}

/** How long a summary of so many tokens may be: shorter than what it is of, and fit for the session. */
export function summaryTokens(sourceTokens: number, tokenLimit: number): number {
  return Math.floor(
    Math.min(MAX_SUMMARY_TOKENS, Math.max(40, tokenLimit / 8), Math.max(20, sourceTokens / 2)),
  );
}

/**
 * The summaries to fold when those in force take more than their share: the oldest that stand side by side, unpinned and
 * with nothing live between them. The newest is left as it is, and so are those of other sessions, which a fork only sees.
 */
export function toFold(
  inForce: readonly (SeenSummary & { gapAfter: boolean })[],
  tokenLimit: number,
): Summary[] {
  const tokens = inForce.reduce((sum, summary) => sum + summary.tokens, 0);
  if (tokens <= SUMMARIES_SHARE * tokenLimit) return [];
  let run: Summary[] = [];
  for (const { gapAfter, ...summary } of inForce.slice(0, -1)) {
    if (summary.pinned || summary.sessionId !== summary.seenIn) {
      if (run.length > 1) return run;
      run = [];
      continue;
    }
    run.push(summary);
    if (!gapAfter) continue;
    if (run.length > 1) return run;
    run = [];
  }
  return run.length > 1 ? run : [];
}
