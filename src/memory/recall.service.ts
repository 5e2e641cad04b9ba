import { Injectable } from '@nestjs/common';
import { EmbeddingsService } from '../embeddings/embeddings.service.js';
import { NotFoundError } from '../common/errors.js';
import { MessageRole, type Interaction } from '../interactions/interaction.model.js';
import { fuse } from './fusion.js';
import { highlightsOf } from './highlights.js';
import { HistoryReader } from './history.js';
import type { Log } from './log.js';
import { MemoryRepository } from './memory.repository.js';
import { isAllowed, parseQuestion, type Question } from './question.js';
import { best, rank } from './ranking.js';
import type { RecallIndex } from './recall-index.js';
import type { RecallArgs, RecallFilterInput } from './recall.input.js';
import { RecallMethod, type RecallHit } from './recall.model.js';

/** Texts to check for phrases and exclusions before giving up. */
const MOST_CHECKED = 2000;
const ROLES = [MessageRole.USER, MessageRole.ASSISTANT] as const;

interface Found {
  position: number;
  interaction: Interaction;
  text: string;
}

/** Finds what was said in all of a user's sessions. */
@Injectable()
export class RecallService {
  constructor(
    private readonly repository: MemoryRepository,
    private readonly history: HistoryReader,
    private readonly embeddings: EmbeddingsService,
  ) {}

  async recall(
    userId: string,
    { query, first, filter, neighbours, askedIn }: RecallArgs,
  ): Promise<RecallHit[]> {
    const question = parseQuestion(query, Date.now());
    const allowed = this.sessionsOf(userId, filter);
    const sides = filter?.roles?.map((role) => ROLES.indexOf(role as (typeof ROLES)[number])) ?? null;
    const nearestOf = (ids: Iterable<string> | null) =>
      this.embeddings.nearest(userId, question.text, { sessions: ids && [...ids], sides });
    const [{ index, timeZone, groupScope, hasSession }, sessions, nearestOfAll] = await Promise.all([
      this.history.read(userId, question, { sessionId: askedIn ?? null }),
      allowed,
      allowed.then(nearestOf),
    ]);
    const { log } = index;
    if (askedIn && !hasSession) throw new NotFoundError('Session');
    const nearest = groupScope === null ? nearestOfAll : await nearestOf(log.sessionIds);
    const ranking = rank(question, index, timeZone);
    mask(ranking.scores, log, sessions, filter?.roles);
    const { scores, near } = fuse(ranking, log, nearest);
    const found = await this.firstAllowed(userId, question, log, scores, first);
    const around = await this.neighboursOf(userId, index, found, neighbours);
    const terms = new Set([...index.found.values()].flat());
    return found.map(({ position, interaction, text }, number) => ({
      interaction,
      role: ROLES[log.side[position]!]!,
      score: scores[position]!,
      foundBy: [
        ...(ranking.scores[position]! > 0 ? [RecallMethod.WORDS] : []),
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
    { sequence, side }: Log,
    scores: Float64Array,
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
      const sequences = [...new Set(positions.map((position) => sequence[position]!))];
      const rows = await this.repository.interactionsAt(userId, sequences);
      const bySequence = new Map(rows.map((row) => [row.sequence, row]));
      for (const position of positions) {
        const interaction = bySequence.get(sequence[position]!);
        const text = side[position] === 0 ? interaction?.question : interaction?.answer;
        if (interaction && text != null && isAllowed(text, question))
          found.push({ position, interaction, text });
      }
    }
    return found.slice(0, first);
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
