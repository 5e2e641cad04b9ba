import { Injectable } from '@nestjs/common';
import { UnauthenticatedError, UnavailableError } from '../common/errors.js';
import { LiveService } from '../live/live.service.js';
import { speakerName } from './block.js';
import { GroupHistoryRepository } from './group-history.repository.js';
import { KnownLog, KnownLogs, logOf } from './known-log.js';
import type { Log } from './log.js';
import { MemoryRepository, type HistoryRead, type HistoryRequest, type Turn } from './memory.repository.js';
import type { Question } from './question.js';
import { RecallIndex } from './recall-index.js';
import { SEALED_FROM, Sealer } from './sealer.js';
import { INDEXED_CHARACTERS } from './words.js';

/** Beyond this many interactions without a block, waiting for blocks is faster than reading the texts. */
const MOST_UNSEALED = 1024;
const ATTEMPTS = 10;

/** What was read for a question. */
interface Seen {
  read: HistoryRead;
  log: Log;
  /** The newest, newest first. */
  recent: Turn[];
  /** Turns that are known as text. */
  turns: Iterable<Turn>;
}

/** A user's log as one question sees it: whole, or what a group has heard. */
export interface History extends Pick<
  HistoryRead,
  'groupScope' | 'isOutside' | 'branches' | 'revision' | 'timeZone' | 'hasSession' | 'hasSummaries' | 'facts'
> {
  index: RecallIndex;
  names: readonly [user: string, assistant: string];
  /** The newest, newest first. */
  recent: Turn[];
  /** The turns whose whole texts are known, by sequence. */
  turns: Map<number, Turn>;
}

type Options = Pick<HistoryRequest, 'sessionId' | 'seenFrom' | 'recent' | 'facts'>;

/** Reads what a question is ranked by, in one flush. */
@Injectable()
export class HistoryReader {
  constructor(
    private readonly repository: MemoryRepository,
    private readonly groups: GroupHistoryRepository,
    private readonly sealer: Sealer,
    private readonly known: KnownLogs,
    live: LiveService,
  ) {
    live.onUserGone((userId) => this.known.drop(userId));
  }

  async read(userId: string, { terms }: Question, options: Partial<Options> = {}): Promise<History> {
    const seenFrom = options.seenFrom ?? options.sessionId ?? null;
    const asked = { sessionId: null, recent: 0, facts: 0, ...options, seenFrom };
    const { read, log, recent, turns } = await this.see(userId, asked);
    if (read.groupScope === null && isBehind(read)) void this.sealer.seal(userId);
    const names = namesOf(read);
    const index = new RecallIndex(log, terms, names);
    if (seenFrom !== null && read.branches.length > 0) index.seeFrom(seenFrom, read.branches);
    const whole = [...turns, ...recent].filter(isWhole);
    return {
      ...read,
      names,
      recent,
      index,
      turns: new Map(whole.map((turn) => [turn.sequence, turn])),
    };
  }

  /** A write or a new block may come between the statements of a read; then it is read again. */
  private async see(userId: string, options: Options): Promise<Seen> {
    let before = this.known.get(userId);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const read = await this.repository.history(userId, {
        ...options,
        known: KnownLog.asKnown(before),
        characters: INDEXED_CHARACTERS,
        unsealed: MOST_UNSEALED + 1,
      });
      if (read === null) continue;
      if (read === undefined) {
        this.known.drop(userId);
        throw new UnauthenticatedError('There is no such user any more.');
      }
      if (read.groupScope !== null) return this.hear(userId, read.groupScope, options, read);
      if (read.unsealed.length > MOST_UNSEALED) {
        await this.sealer.seal(userId);
        continue;
      }
      const known = KnownLog.from(read, before);
      const recent = read.newest.flatMap((at) => read.turns.get(at) ?? before?.turns.get(at) ?? []);
      if (known && recent.length === read.newest.length) {
        this.known.keep(userId, known);
        return { read, log: known.log, recent, turns: known.turns.values() };
      }
      before = undefined;
    }
    throw new UnavailableError('The history changes faster than it can be read; try again.');
  }

  /** In place of the whole history what was said in the scope, and no facts: they may have been learnt in private. */
  private async hear(
    userId: string,
    scope: string,
    { sessionId, recent }: Options,
    whole: HistoryRead,
  ): Promise<Seen> {
    const limits = { characters: INDEXED_CHARACTERS, most: MOST_UNSEALED + 1 };
    const heard = await this.groups.history(userId, { scope, sessionId, recent }, limits);
    if (!heard) throw new UnauthenticatedError('There is no such user any more.');
    const { revision, turns } = heard;
    return { read: { ...whole, facts: [], revision }, log: logOf(turns), recent: heard.recent, turns };
  }
}

/** Whether a turn has been read to its end. */
function isWhole({ question, answer }: Turn): boolean {
  const isShort = (text: string | null): boolean => text === null || text.length < INDEXED_CHARACTERS;
  return isShort(question) && isShort(answer);
}

/** The sessions that something is remembered of; null when all are. */
export function confinedTo({ groupScope, branches, index: { log } }: History): string[] | null {
  if (groupScope === null && branches.length === 0) return null;
  const unseen = new Set(branches.filter(({ upTo }) => upTo === 0).map(({ id }) => id));
  return log.sessionIds.filter((id) => !unseen.has(id));
}

/** What the two sides are called where the client names nobody. */
export function namesOf({
  displayName,
}: {
  displayName: string | null;
}): readonly [user: string, assistant: string] {
  return [speakerName(displayName) || 'User', 'Assistant'];
}

function isBehind({ places, unsealed }: HistoryRead): boolean {
  const last = places.at(-1)?.[1] ?? 0;
  const newer = unsealed.filter((sequence) => sequence > last).length;
  return newer >= SEALED_FROM || places.some(([, , version]) => version === null);
}
