import { Injectable } from '@nestjs/common';
import { countTokens } from '../common/tokens.js';
import type { Side } from './block.js';
import type { ContextRequest } from './context.input.js';
import { priced, type Placed, type Recallable } from './context-candidates.js';
import { factCandidates, type FactCandidate } from './context-facts.js';
import {
  ContextSectionName,
  RetrievalMode,
  type ContextSection,
  type ModelContext,
} from './context.model.js';
import { ContextReader } from './context-reader.js';
import { summaryCandidates, type SummaryCandidate } from './context-summaries.js';
import {
  messagesOf,
  messageTokens,
  summaryTokens,
  systemPrompt,
  textOf,
  type Frame,
} from './context-text.js';
import type { Log } from './log.js';
import type { Turn } from './memory.repository.js';
import { NotesRepository } from './notes.repository.js';
import { pack, sharesOf, type Shares } from './packing.js';
import { writeReceipt } from './receipt.js';
import { newMark, systemPromptOf } from './rendering.js';
import { factSourcesOf, recentSourcesOf, sourcesOf, summarySourcesOf } from './sources.js';
import { noteMessages, noteSourcesOf, noteTokens, type SystemNote } from './system-note.js';

/** Everything a context may be packed from. */
interface Material {
  revision: number;
  retrieval: RetrievalMode | null;
  frame: Frame;
  note: SystemNote | null;
  isOutside: boolean;
  facts: FactCandidate[];
  summaries: SummaryCandidate[];
  /** Whether the whole log fits: then only what it leaves is for anything else. */
  isWholeLogIn: boolean;
  recalled: Recallable[];
  /** How many utterances there are to recall: all that have to do with the query, or all that fit. */
  recallable: number;
  recent: Turn[];
}

/** Builds contexts. `without` leaves out one interaction: the one that a context is built for once more. */
@Injectable()
export class ContextBuilder {
  constructor(
    private readonly reader: ContextReader,
    private readonly notes: NotesRepository,
  ) {}

  async build(userId: string, request: ContextRequest, now: number, without?: number): Promise<ModelContext> {
    const [gathered, found] = await Promise.all([
      this.gather(userId, request, now, without),
      request.sessionId && request.include.includes(ContextSectionName.SYSTEM_NOTE)
        ? this.notes.ofSession(userId, request.sessionId)
        : null,
    ]);
    const material = { ...gathered, note: gathered.isOutside ? null : found };
    const { frame } = material;
    const fence = await countTokens(systemPromptOf([{ header: '', lines: [] }], frame.mark, frame));
    const shares = sharesOf(request.split, material.isWholeLogIn);
    const note = noteTokens(material.note) <= request.tokenBudget - fence ? material.note : null;
    const budget = request.tokenBudget - noteTokens(note);
    let available = budget - fence;
    for (;;) {
      const choice = choose(material, Math.max(0, available), shares);
      const prompt = systemPrompt(choice, frame);
      const promptTokens = await countTokens(prompt);
      const recentTokens = choice.turns.reduce((sum, turn) => sum + messageTokens(turn), 0);
      const excess = promptTokens + recentTokens - budget;
      // A text may have a token more than the sum of its parts.
      if (excess > 0 && available > 0) available -= excess;
      else return contextOf(request, material, { ...choice, note, prompt, promptTokens, recentTokens });
    }
  }

  private async gather(
    userId: string,
    request: ContextRequest,
    now: number,
    without?: number,
  ): Promise<Omit<Material, 'note'>> {
    const { sessionId, maxRecent } = request;
    const { question, history, ranking, retrieval, isWholeLogIn, positions, turns, summaries } =
      await this.reader.read(userId, request, now, without === undefined ? 0 : 1);
    const quotes = quotesAt(positions, history.index.log, turns).filter(
      ({ turn }) => turn.sequence !== without,
    );
    const { timeZone, names } = history;
    const texts = [
      ...quotes.map((quote) => textOf(quote) ?? ''),
      ...[...summaries, ...history.facts].map(({ text }) => text),
    ];
    const frame = { now, timeZone, names, mark: newMark(texts) };
    const others = history.recent
      .filter(({ sequence, question, answer }) => sequence !== without && (question ?? answer) !== null)
      .slice(0, maxRecent);
    const recent = wholeUntil(others, turns);
    return {
      frame,
      revision: history.revision,
      isOutside: history.isOutside,
      facts: await factCandidates(history.facts, question),
      isWholeLogIn,
      summaries: await summaryCandidates(
        { summaries, recent, scores: ranking.scores, sessionId, isWholeLogIn },
        history,
        frame,
      ),
      retrieval,
      recalled: await priced(quotes, history, ranking, frame),
      recallable: Math.max(quotes.length, countAbove0(ranking.scores)),
      recent,
    };
  }
}

function quotesAt(
  positions: readonly number[],
  { sequence, side }: Log,
  turns: ReadonlyMap<number, Turn>,
): Placed[] {
  return positions.flatMap((at) => {
    const turn = turns.get(sequence[at]!);
    return turn ? [{ at, turn, side: side[at] as Side }] : [];
  });
}

/** The newest, up to the first that is too long to have been read whole. */
function wholeUntil(recent: Turn[], whole: ReadonlyMap<number, Turn>): Turn[] {
  const turns = recent.map(({ sequence }) => whole.get(sequence));
  const clipped = turns.indexOf(undefined);
  return (clipped < 0 ? turns : turns.slice(0, clipped)) as Turn[];
}

function countAbove0(scores: Float64Array): number {
  let count = 0;
  for (let position = 0; position < scores.length; position++) if (scores[position]! > 0) count++;
  return count;
}

function choose({ facts, summaries, recalled, recent }: Material, budget: number, shares: Shares) {
  const places = new Map<number, number[]>();
  for (const [place, { turn }] of recalled.entries()) {
    places.set(turn.sequence, [...(places.get(turn.sequence) ?? []), place]);
  }
  const packing = pack(budget, shares, {
    facts,
    summaries: summaries.map((summary) => ({ ...summary, tokens: summaryTokens(summary) })),
    recalled,
    recent: recent.map(messageTokens),
    twins: recent.map(({ sequence }) => places.get(sequence) ?? []),
  });
  return {
    facts: facts.filter((_, place) => packing.facts.has(place)),
    summaries: summaries.filter((_, place) => packing.summaries.has(place)),
    quotes: recalled.filter((_, place) => packing.recalled.has(place)),
    turns: recent.slice(0, packing.recent),
  };
}

/** What was chosen of the material, and what it comes to. */
interface Choice {
  note: SystemNote | null;
  facts: FactCandidate[];
  summaries: SummaryCandidate[];
  quotes: Recallable[];
  turns: Turn[];
  prompt: string;
  promptTokens: number;
  recentTokens: number;
}

function contextOf(request: ContextRequest, material: Material, choice: Choice): ModelContext {
  const { frame, revision, retrieval } = material;
  const { note, facts, summaries, quotes, turns, prompt, promptTokens, recentTokens } = choice;
  const { sessionId, tokenBudget, split, maxRecent, include } = request;
  return {
    systemPrompt: prompt,
    messages: [...noteMessages(note), ...messagesOf(turns)],
    tokens: noteTokens(note) + promptTokens + recentTokens,
    sections: sectionsOf(material, choice).filter(({ name }) => include.includes(name)),
    sources: [
      ...factSourcesOf(facts),
      ...sourcesOf(quotes),
      ...summarySourcesOf(summaries),
      ...recentSourcesOf(turns),
      ...noteSourcesOf(note),
    ],
    retrieval,
    contextUsed: writeReceipt({
      at: frame.now,
      mark: frame.mark,
      arguments: { sessionId, tokenBudget, split, maxRecent, include },
      facts: facts.map(({ id }) => id),
      summaries: summaries.map(({ id, score }) => ({ id, score })),
      recalled: quotes.map(({ turn, side, why, score }) => ({ sequence: turn.sequence, side, why, score })),
      recent: turns.map(({ sequence }) => sequence),
      note: note?.sequence ?? null,
    }),
    revision,
  };
}

function sectionsOf(material: Material, choice: Choice): ContextSection[] {
  const { note, facts, summaries, quotes, turns, promptTokens, recentTokens } = choice;
  const given = new Set(turns.map(({ sequence }) => sequence));
  const alsoRecent = material.recalled.filter(({ turn }) => given.has(turn.sequence)).length;
  const summaryLines = summaries.reduce((sum, summary) => sum + summaryTokens(summary), 0);
  const factLines = facts.reduce((sum, { tokens }) => sum + tokens, facts[0]?.headerTokens ?? 0);
  const messages = messagesOf(turns).length;
  const section = (name: ContextSectionName, tokens: number, items: number, possible: number) => ({
    name,
    tokens,
    items,
    leftOut: Math.max(0, possible - items),
  });
  return [
    section(ContextSectionName.PROFILE, factLines, facts.length, material.facts.length),
    section(ContextSectionName.SUMMARIES, summaryLines, summaries.length, material.summaries.length),
    section(
      ContextSectionName.RECALLED,
      promptTokens - factLines - summaryLines,
      quotes.length,
      material.recallable - alsoRecent,
    ),
    section(ContextSectionName.RECENT, recentTokens, messages, messagesOf(material.recent).length),
    section(
      ContextSectionName.SYSTEM_NOTE,
      noteTokens(note),
      Number(note !== null),
      Number(material.note !== null),
    ),
  ];
}
