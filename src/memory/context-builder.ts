import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/errors.js';
import { countTokens } from '../common/tokens.js';
import { EmbeddingsService } from '../embeddings/embeddings.service.js';
import type { Side } from './block.js';
import type { ContextRequest } from './context.input.js';
import { ContextReason, ContextSectionName, RetrievalMode, type ModelContext } from './context.model.js';
import {
  headerTokens,
  lineTokens,
  messagesOf,
  messageTokens,
  systemPrompt,
  textOf,
  type Frame,
  type Quote,
} from './context-text.js';
import { fuse } from './fusion.js';
import { HistoryReader, type History } from './history.js';
import { MemoryRepository, type Turn } from './memory.repository.js';
import { pack, type Candidate } from './packing.js';
import { parseQuestion } from './question.js';
import { best, rank, type Ranking } from './ranking.js';
import type { RecallIndex } from './recall-index.js';
import { writeReceipt } from './receipt.js';
import { newMark, systemPromptOf } from './rendering.js';
import { recentSourcesOf, sourcesOf } from './sources.js';
import { INDEXED_CHARACTERS } from './words.js';

/** A text that fits has no more characters: longer ones are read only in part. */
const CHARACTERS_PER_TOKEN = 8;
/** Before texts and headers are known: what stands around an utterance, and around a session. */
const LINE_ESTIMATE = 5;
const HEADER_ESTIMATE = 24;
/** How much more than fits is read, because of what the estimates leave open. */
const SURPLUS = 1.25;

/** An utterance that may be recalled. */
interface Recallable extends Quote, Candidate {
  why: ContextReason;
  score: number;
}

/** Everything a context may be packed from. */
interface Material {
  revision: number;
  retrieval: RetrievalMode | null;
  frame: Frame;
  recalled: Recallable[];
  /** How many utterances there are to recall: all that have to do with the query, or all that fit. */
  recallable: number;
  recent: Turn[];
}

/** Builds contexts. `without` leaves out one interaction: the one that a context is built for once more. */
@Injectable()
export class ContextBuilder {
  constructor(
    private readonly repository: MemoryRepository,
    private readonly reader: HistoryReader,
    private readonly embeddings: EmbeddingsService,
  ) {}

  async build(userId: string, request: ContextRequest, now: number, without?: number): Promise<ModelContext> {
    const material = await this.gather(userId, request, now, without);
    const { frame } = material;
    const fence = systemPromptOf([{ header: '', lines: [] }], frame.mark, frame);
    const recentShare = shareOfRecent(request.split);
    let available = request.tokenBudget - (await countTokens(fence));
    for (;;) {
      const choice = choose(material, Math.max(0, available), recentShare);
      const prompt = systemPrompt(choice.quotes, frame);
      const promptTokens = await countTokens(prompt);
      const recentTokens = choice.turns.reduce((sum, turn) => sum + messageTokens(turn), 0);
      const excess = promptTokens + recentTokens - request.tokenBudget;
      // A text may have a token more than the sum of its parts.
      if (excess > 0 && available > 0) available -= excess;
      else return contextOf(request, material, { ...choice, prompt, promptTokens, recentTokens });
    }
  }

  private async gather(
    userId: string,
    { query, sessionId, tokenBudget, maxRecent, include }: ContextRequest,
    now: number,
    without?: number,
  ): Promise<Material> {
    const wants = (name: ContextSectionName): boolean => include.includes(name);
    const question = parseQuestion(query, now);
    const characters = Math.max(INDEXED_CHARACTERS, tokenBudget * CHARACTERS_PER_TOKEN);
    const recalls = wants(ContextSectionName.RECALLED);
    const [history, nearest] = await Promise.all([
      this.reader.read(userId, question, {
        sessionId,
        recent: wants(ContextSectionName.RECENT) ? maxRecent + (without === undefined ? 0 : 1) : 0,
        characters,
      }),
      recalls ? this.embeddings.nearest(userId, question.text) : null,
    ]);
    if (sessionId && !history.hasSession) throw new NotFoundError('Session');
    const { index } = history;
    const ranking = fuse(rank(question, index, history.timeZone), index, nearest);
    const positions = recalls ? candidatesOf(history, ranking, tokenBudget) : [];
    const turns = await this.turnsOf(userId, history, positions, characters);
    const quotes = positions
      .map((at) => ({ at, turn: turns.get(index.sequence[at]!), side: index.side[at] as Side }))
      .filter(
        (one): one is Quote & { at: number } => one.turn !== undefined && one.turn.sequence !== without,
      );
    const { timeZone, names } = history;
    const frame = { now, timeZone, names, mark: newMark(quotes.map((quote) => textOf(quote) ?? '')) };
    const others = history.recent.filter(({ sequence }) => sequence !== without).slice(0, maxRecent);
    const clipped = others.findIndex(({ sequence }) => !turns.has(sequence));
    return {
      frame,
      revision: history.revision,
      retrieval: recalls ? (nearest ? RetrievalMode.HYBRID : RetrievalMode.WORDS) : null,
      recalled: await priced(quotes, history, ranking, frame),
      recallable: Math.max(quotes.length, countAbove0(ranking.scores)),
      recent: clipped < 0 ? others : others.slice(0, clipped),
    };
  }

  /** The turns read so far, if whole, and those at the positions. */
  private async turnsOf(
    userId: string,
    history: History,
    positions: readonly number[],
    characters: number,
  ): Promise<Map<number, Turn>> {
    const isWhole = (text: string | null): boolean => text === null || text.length < characters;
    const turns = new Map(
      [...history.turns].filter(([, { question, answer }]) => isWhole(question) && isWhole(answer)),
    );
    const wanted = positions.map((position) => history.index.sequence[position]!);
    const missing = new Set(wanted.filter((sequence) => !turns.has(sequence)));
    for (const turn of await this.repository.turnsAt(userId, [...missing])) turns.set(turn.sequence, turn);
    return turns;
  }
}

function countAbove0(scores: Float64Array): number {
  return scores.reduce((count, score) => count + Number(score > 0), 0);
}

/** The positions worth reading, best first; all of them when the whole history fits. */
function candidatesOf({ index }: History, { scores }: Ranking, budget: number): number[] {
  const order = best(scores, Math.ceil(budget / (LINE_ESTIMATE + 1)));
  if (
    estimateOf(
      index,
      Array.from({ length: index.size }, (_, position) => position),
    ) <= budget
  ) {
    for (let position = index.size - 1; position >= 0; position--)
      if (scores[position] === 0) order.push(position);
    return order;
  }
  const fitting = order.filter((position) => index.tokens[position]! < budget);
  const sessions = new Set<number>();
  let estimate = 0;
  const end = fitting.findIndex((position) => {
    estimate +=
      estimateOf(index, [position]) - (sessions.has(index.session[position]!) ? HEADER_ESTIMATE : 0);
    sessions.add(index.session[position]!);
    return estimate > budget * SURPLUS;
  });
  return end < 0 ? fitting : fitting.slice(0, end + 1);
}

function estimateOf(index: RecallIndex, positions: readonly number[]): number {
  const sessions = new Set(positions.map((position) => index.session[position]));
  const lines = positions.reduce((sum, position) => sum + index.tokens[position]! + LINE_ESTIMATE, 0);
  return lines + sessions.size * HEADER_ESTIMATE;
}

/** What each quote costs as it is rendered. */
async function priced(
  quotes: readonly (Quote & { at: number })[],
  { index }: History,
  { scores, direct }: Ranking,
  frame: Frame,
): Promise<Recallable[]> {
  const headers = new Map<number, number>();
  const recalled: Recallable[] = [];
  for (const { at, turn, side } of quotes) {
    const group = index.session[at]!;
    let header = headers.get(group);
    if (header === undefined) headers.set(group, (header = await headerTokens(turn, frame)));
    const near = scores[at]! > 0 ? ContextReason.NEIGHBOUR : ContextReason.RECENT;
    recalled.push({
      turn,
      side,
      group,
      headerTokens: header,
      tokens: await lineTokens({ turn, side }, frame),
      why: direct[at] ? ContextReason.RELEVANT : near,
      score: scores[at]!,
    });
  }
  return recalled;
}

function choose({ recalled, recent }: Material, budget: number, recentShare: number) {
  const places = new Map<number, number[]>();
  for (const [place, { turn }] of recalled.entries()) {
    places.set(turn.sequence, [...(places.get(turn.sequence) ?? []), place]);
  }
  const packing = pack(
    budget,
    recentShare,
    recalled,
    recent.map(messageTokens),
    recent.map(({ sequence }) => places.get(sequence) ?? []),
  );
  return {
    quotes: recalled.filter((_, place) => packing.recalled.has(place)),
    turns: recent.slice(0, packing.recent),
  };
}

/** What the newest turns may take before the rest has had its share; sections that are empty leave theirs to it. */
function shareOfRecent({ profile, summaries, recalled, recent }: ContextRequest['split']): number {
  const sum = profile + summaries + recalled + recent;
  return sum > 0 ? recent / sum : 0;
}

/** What was chosen of the material, and what it comes to. */
interface Choice {
  quotes: Recallable[];
  turns: Turn[];
  prompt: string;
  promptTokens: number;
  recentTokens: number;
}

function contextOf(request: ContextRequest, material: Material, choice: Choice): ModelContext {
  const { frame, revision, retrieval, recallable } = material;
  const { quotes, turns, prompt, promptTokens, recentTokens } = choice;
  const { sessionId, tokenBudget, split, maxRecent, include } = request;
  const messages = messagesOf(turns);
  const given = new Set(turns.map(({ sequence }) => sequence));
  const alsoRecent = material.recalled.filter(({ turn }) => given.has(turn.sequence)).length;
  const possible = messagesOf(material.recent).length;
  const section = (name: ContextSectionName, tokens: number, items: number, leftOut: number) => ({
    name,
    tokens,
    items,
    leftOut: Math.max(0, leftOut),
  });
  return {
    systemPrompt: prompt,
    messages,
    tokens: promptTokens + recentTokens,
    sections: [
      section(
        ContextSectionName.RECALLED,
        promptTokens,
        quotes.length,
        recallable - quotes.length - alsoRecent,
      ),
      section(ContextSectionName.RECENT, recentTokens, messages.length, possible - messages.length),
    ].filter(({ name }) => include.includes(name)),
    sources: [...sourcesOf(quotes), ...recentSourcesOf(turns)],
    retrieval,
    contextUsed: writeReceipt({
      at: frame.now,
      mark: frame.mark,
      arguments: { sessionId, tokenBudget, split, maxRecent, include },
      recalled: quotes.map(({ turn, side, why, score }) => ({ sequence: turn.sequence, side, why, score })),
      recent: turns.map(({ sequence }) => sequence),
    }),
    revision,
  };
}
