import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { UnauthenticatedError, UnavailableError } from '../common/errors.js';
import { LiveService } from '../live/live.service.js';
import { speakerName } from './block.js';
import { GroupHistoryRepository } from './group-history.repository.js';
import { HistoryRepository, type HistoryRead, type HistoryRequest } from './history.repository.js';
import { KnownLog, KnownLogs, logOf, type Owner } from './known-log.js';
import type { Branch, Log } from './log.js';
import type { Turn } from './memory.repository.js';
import type { Question } from './question.js';
import { rank, type Ranking } from './ranking.js';
import { RecallIndex } from './recall-index.js';
import { SEALED_FROM, Sealer } from './sealer.js';
import { INDEXED_CHARACTERS } from './words.js';

/** Beyond this many interactions without a block, waiting for blocks is faster than reading the texts. */
const MOST_UNSEALED = 1024;
const ATTEMPTS = 10;

/** What was read for a question. */
interface Seen<T> {
  read: HistoryRead;
  log: Log;
  /** The newest, newest first. */
  recent: Turn[];
  /** Turns that are known as text. */
  turns: Iterable<Turn>;
  ahead: T | null;
}

/** A log as a question ranks it by its words. */
interface Ranked {
  index: RecallIndex;
  ranking: Ranking;
}

/** A user's log as one question sees it: whole, or what a group has heard. */
export interface History
  extends
    Ranked,
    Pick<
      HistoryRead,
      | 'groupScope'
      | 'isOutside'
      | 'branches'
      | 'revision'
      | 'timeZone'
      | 'hasSession'
      | 'hasSummaries'
      | 'facts'
    > {
  names: readonly [user: string, assistant: string];
  /** The newest, newest first. */
  recent: Turn[];
  /** The turns whose whole texts are known, by sequence. */
  turns: Map<number, Turn>;
}

/**
 * What the history will be should nothing have changed since this process last read it. Good for guessing what else is
 * worth reading; nothing of it is to be told.
 */
export type Prospect = Pick<History, 'index' | 'ranking' | 'recent' | 'turns' | 'hasSummaries' | 'isOutside'>;

/** What was read ahead of knowing the history, and the revisions of what was read. */
export interface Ahead {
  revisions: readonly number[];
}

type Options = Pick<HistoryRequest, 'sessionId' | 'seenFrom' | 'recent' | 'facts'>;

/** Reads what a question is answered from, in one flush, and ranks it. */
@Injectable()
export class HistoryReader {
  constructor(
    private readonly repository: HistoryRepository,
    private readonly groups: GroupHistoryRepository,
    private readonly sealer: Sealer,
    private readonly known: KnownLogs,
    live: LiveService,
  ) {
    live.onUserGone((userId) => this.known.drop(userId));
  }

  /**
   * `foresee` reads in the same flush what the history will be quoted from, as far as can be told from what is known.
   * That is given if it is of the revision of the history.
   */
  async read<T extends Ahead>(
    userId: string,
    question: Question,
    options: Partial<Options> = {},
    foresee?: (prospect: Prospect) => Promise<T>,
  ): Promise<{ history: History; ahead: T | null }> {
    const seenFrom = options.seenFrom ?? options.sessionId ?? null;
    const asked = { sessionId: null, recent: 0, facts: 0, ...options, seenFrom };
    const ranker = new Ranker(question, seenFrom);
    const { read, log, recent, turns, ahead } = await this.see(userId, asked, async (known) => {
      if (!known || !foresee) return null;
      // What has been asked for leaves first: PostgreSQL is at it while this process ranks.
      await setImmediate();
      return foresee(prospectOf(known, asked, ranker.rank(known.log, known.owner)));
    });
    if (read.groupScope === null && isBehind(read)) void this.sealer.seal(userId);
    const ranked = ranker.rank(log, read, read.branches);
    const history = {
      ...read,
      ...ranked,
      names: namesOf(read),
      recent,
      turns: wholeOf([...turns, ...recent]),
    };
    return { history, ahead };
  }

  /** A write or a new block may come between the statements of a read; then it is read again. */
  private async see<T extends Ahead>(
    userId: string,
    options: Options,
    foresee: (known: KnownLog | undefined) => Promise<T | null>,
  ): Promise<Seen<T>> {
    let before = this.known.get(userId);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [read, foreseen] = await Promise.all([
        this.repository.read(userId, {
          ...options,
          known: KnownLog.asKnown(before),
          characters: INDEXED_CHARACTERS,
          unsealed: MOST_UNSEALED + 1,
        }),
        foresee(before),
      ]);
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
        const isSame = foreseen?.revisions.every((revision) => revision === read.revision);
        const ahead = isSame ? foreseen : null;
        return { read, log: known.log, recent, turns: known.turns.values(), ahead };
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
  ): Promise<Seen<never>> {
    const limits = { characters: INDEXED_CHARACTERS, most: MOST_UNSEALED + 1 };
    const heard = await this.groups.history(userId, { scope, sessionId, recent }, limits);
    if (!heard) throw new UnauthenticatedError('There is no such user any more.');
    const { revision, turns } = heard;
    const read = { ...whole, facts: [], revision };
    return { read, log: logOf(turns), recent: heard.recent, turns, ahead: null };
  }
}

/** Ranks logs by one question. What it ranked last it does not rank again. */
class Ranker {
  private last?: Ranked & { log: Log; owner: Owner };

  constructor(
    private readonly question: Question,
    private readonly seenFrom: string | null,
  ) {}

  rank(log: Log, owner: Owner, branches: readonly Branch[] = []): Ranked {
    const { last, question, seenFrom } = this;
    const isPart = seenFrom !== null && branches.length > 0;
    const { displayName, timeZone } = owner;
    const isSame =
      last?.log === log && last.owner.displayName === displayName && last.owner.timeZone === timeZone;
    if (isSame && !isPart) return last;
    const index = new RecallIndex(log, question.terms, namesOf(owner));
    if (isPart) index.seeFrom(seenFrom, branches);
    const ranked = { index, ranking: rank(question, index, timeZone) };
    if (!isPart) this.last = { ...ranked, log, owner };
    return ranked;
  }
}

function prospectOf(known: KnownLog, { sessionId, recent }: Options, ranked: Ranked): Prospect {
  return {
    ...ranked,
    recent: known.newest(sessionId, recent),
    turns: wholeOf(known.turns.values()),
    hasSummaries: known.owner.hasSummaries,
    isOutside: false,
  };
}

/** By place in the log, the turns that have been read to their end. */
function wholeOf(turns: Iterable<Turn>): Map<number, Turn> {
  const isShort = (text: string | null): boolean => text === null || text.length < INDEXED_CHARACTERS;
  const whole = [...turns].filter(({ question, answer }) => isShort(question) && isShort(answer));
  return new Map(whole.map((turn) => [turn.sequence, turn]));
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
