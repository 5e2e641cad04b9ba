import { Injectable } from '@nestjs/common';
import { EmbeddingsService } from '../embeddings/embeddings.service.js';
import { NotFoundError } from '../common/errors.js';
import type { Interaction, MessageRole } from '../interactions/interaction.model.js';
import { ROLES } from './context-text.js';
import { fuse } from './fusion.js';
import { highlightsOf } from './highlights.js';
import { confinedTo, HistoryReader } from './history.js';
import type { Log } from './log.js';
import { MemoryRepository } from './memory.repository.js';
import { isAllowed, parseQuestion, type Question } from './question.js';
import { best, bestSessions } from './ranking.js';
import type { RecallIndex } from './recall-index.js';
import type { RecallArgs, RecallFilterInput } from './recall.input.js';
import { RecallMethod, type RecallHit } from './recall.model.js';
import { Sealer } from './sealer.js';

/** Texts to check for phrases and exclusions before giving up. */
const MOST_CHECKED = 2000;

interface Found {
  position: number;
  interaction: Interaction;
  text: string;
}

/** A history with what each utterance in it is worth. */
interface Ranked {
  index: RecallIndex;
  scores: Float64Array;
  /** What the words alone say. */
  byWords: Float64Array;
  near: Uint8Array;
}

/** What {@link RecallService.recallSessions} looks for. */
interface SessionSearch {
  query: string;
  /** The sessions that count; null: all. */
  sessions: Promise<ReadonlySet<string>> | null;
  first: number;
  /** How many hits of a session at the most. */
  hits: number;
  neighbours: number;
  askedIn?: string | null;
}

/** Finds what was said in all of a user's sessions. */
@Injectable()
export class RecallService {
  constructor(
    private readonly repository: MemoryRepository,
    private readonly history: HistoryReader,
    private readonly embeddings: EmbeddingsService,
    private readonly sealer: Sealer,
  ) {}

  /** Indexes what was stored, so that the first question after much of it does not wait for that. */
  prepare(userId: string): Promise<void> {
    return this.sealer.seal(userId);
  }

  async recall(
    userId: string,
    { query, first, filter, neighbours, askedIn }: RecallArgs,
  ): Promise<RecallHit[]> {
    const question = parseQuestion(query, Date.now());
    const within = this.sessionsOf(userId, filter);
    const seenFrom = askedIn ?? filter?.sessionId;
    const ranked = await this.rank(userId, question, within, filter?.roles, askedIn, seenFrom);
    const found = await this.firstAllowed(userId, question, ranked, first);
    return this.hitsOf(userId, ranked, found, neighbours);
  }

  /** The sessions with the best hits, best first, each with its best. */
  async recallSessions(
    userId: string,
    { query, sessions, first, hits, neighbours, askedIn }: SessionSearch,
  ): Promise<{ sessionId: string; score: number; hits: RecallHit[] }[]> {
    const question = parseQuestion(query, Date.now());
    const ranked = await this.rank(userId, question, sessions ?? Promise.resolve(null), null, askedIn);
    const groups = bestSessions(ranked.scores, ranked.index.log);
    const found: { sessionId: string; score: number; found: Found[] }[] = [];
    for (
      let start = 0;
      start < Math.min(groups.length, MOST_CHECKED) && found.length < first;
      start += first
    ) {
      const portion = groups.slice(start, start + first);
      const allowed = await this.allowedOf(
        userId,
        question,
        ranked.index.log,
        portion.flatMap(({ positions }) => positions),
      );
      for (const { session, positions, score } of portion) {
        const its = positions.flatMap((position) => allowed.get(position) ?? []).slice(0, hits);
        if (its.length > 0)
          found.push({ sessionId: ranked.index.log.sessionIds[session]!, score, found: its });
      }
    }
    const taken = found.slice(0, first);
    const all = await this.hitsOf(
      userId,
      ranked,
      taken.flatMap((one) => one.found),
      neighbours,
    );
    let next = 0;
    return taken.map(({ sessionId, score, found: its }) => ({
      sessionId,
      score,
      hits: all.slice(next, (next += its.length)),
    }));
  }

  /** What counts of the history, scored. */
  private async rank(
    userId: string,
    question: Question,
    within: Promise<ReadonlySet<string> | null>,
    roles: readonly MessageRole[] | null | undefined,
    askedIn: string | null | undefined,
    seenFrom = askedIn,
  ): Promise<Ranked> {
    const sides = roles?.map((role) => ROLES.indexOf(role as (typeof ROLES)[number])) ?? null;
    const nearestOf = (ids: Iterable<string> | null) =>
      this.embeddings.nearest(userId, question.text, { sessions: ids && [...ids], sides });
    const [{ history }, sessions, nearestOfAll] = await Promise.all([
      this.history.read(userId, question, { sessionId: askedIn ?? null, seenFrom: seenFrom ?? null }),
      within,
      within.then(nearestOf),
    ]);
    const { index, ranking } = history;
    if (askedIn && !history.hasSession) throw new NotFoundError('Session');
    const confined = confinedTo(history);
    const nearest = confined
      ? await nearestOf(confined.filter((id) => !sessions || sessions.has(id)))
      : nearestOfAll;
    mask(ranking.scores, index.log, sessions, roles);
    return { index, byWords: ranking.scores, ...fuse(ranking, index.log, nearest) };
  }

  private async hitsOf(
    userId: string,
    { index, scores, near, byWords }: Ranked,
    found: readonly Found[],
    neighbours: number,
  ): Promise<RecallHit[]> {
    const around = await this.neighboursOf(userId, index, found, neighbours);
    const terms = new Set([...index.found.values()].flat());
    return found.map(({ position, interaction, text }, number) => ({
      interaction,
      role: ROLES[index.log.side[position]!]!,
      score: scores[position]!,
      foundBy: [
        ...(byWords[position]! > 0 ? [RecallMethod.WORDS] : []),
        ...(near[position] ? [RecallMethod.MEANING] : []),
      ],
      highlights: highlightsOf(text, terms),
      neighbours: around[number]!,
    }));
  }

  /** The sessions that pass the filter; null when all do. */
  private async sessionsOf(userId: string, filter: RecallFilterInput | null | undefined) {
    const { roles: _, ...conditions } = filter ?? {};
    if (Object.values(conditions).every((value) => value == null)) return null;
    const [sessions, named] = await Promise.all([
      this.repository.sessions(userId, conditions),
      conditions.sessionId ? this.repository.sessions(userId, { sessionId: conditions.sessionId }) : null,
    ]);
    if (named?.size === 0) throw new NotFoundError('Session');
    return sessions;
  }

  /** The best whose texts have the phrases and nothing excluded. Texts are read in growing portions. */
  private async firstAllowed(
    userId: string,
    question: Question,
    { index, scores }: Ranked,
    first: number,
  ): Promise<Found[]> {
    const isStrict = question.phrases.length + question.excluded.length > 0;
    const candidates = best(scores, isStrict ? MOST_CHECKED : first);
    const found: Found[] = [];
    for (
      let start = 0, size = first;
      start < candidates.length && found.length < first;
      start += size, size *= 2
    ) {
      const positions = candidates.slice(start, start + size);
      found.push(...(await this.allowedOf(userId, question, index.log, positions)).values());
    }
    return found.slice(0, first);
  }

  /** What is at the positions, in their order, where it has the phrases and nothing excluded. */
  private async allowedOf(
    userId: string,
    question: Question,
    { sequence, side }: Log,
    positions: readonly number[],
  ): Promise<Map<number, Found>> {
    const sequences = [...new Set(positions.map((position) => sequence[position]!))];
    const rows = await this.repository.interactionsAt(userId, sequences);
    const bySequence = new Map(rows.map((row) => [row.sequence, row]));
    const found = new Map<number, Found>();
    for (const position of positions) {
      const interaction = bySequence.get(sequence[position]!);
      const text = side[position] === 0 ? interaction?.question : interaction?.answer;
      if (interaction && text != null && isAllowed(text, question))
        found.set(position, { position, interaction, text });
    }
    return found;
  }

  private async neighboursOf(
    userId: string,
    index: RecallIndex,
    found: readonly Found[],
    distance: number,
  ): Promise<Interaction[][]> {
    const around = found.map(({ position }) => index.sequencesAround(position, distance));
    const rows = await this.repository.interactionsAt(userId, [...new Set(around.flat())]);
    const bySequence = new Map(rows.map((row) => [row.sequence, row]));
    return around.map((sequences) => sequences.flatMap((sequence) => bySequence.get(sequence) ?? []));
  }
}

/** Leaves nothing of the score of what the filter rules out. */
function mask(
  scores: Float64Array,
  { size, session, sessionIds, side }: Log,
  sessions: ReadonlySet<string> | null,
  roles: readonly MessageRole[] | null | undefined,
): void {
  const bySession = sessionIds.map((id) => sessions === null || sessions.has(id));
  const bySide = ROLES.map((role) => !roles || roles.includes(role));
  for (let position = 0; position < size; position++) {
    if (!bySession[session[position]!] || !bySide[side[position]!]) scores[position] = 0;
  }
}
