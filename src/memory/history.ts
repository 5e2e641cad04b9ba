import { Injectable } from '@nestjs/common';
import { UnauthenticatedError, UnavailableError } from '../common/errors.js';
import { speakerName } from './block.js';
import { KnownLog, KnownLogs } from './known-log.js';
import { MemoryRepository, type HistoryRead, type HistoryRequest, type Turn } from './memory.repository.js';
import type { Question } from './question.js';
import { RecallIndex } from './recall-index.js';
import { SEALED_FROM, Sealer } from './sealer.js';
import { INDEXED_CHARACTERS } from './words.js';

/** Beyond this many interactions without a block, waiting for blocks is faster than reading the texts. */
const MOST_UNSEALED = 1024;
const ATTEMPTS = 10;

/** A user's whole log as one question sees it. */
export interface History extends Pick<
  HistoryRead,
  'revision' | 'timeZone' | 'hasSession' | 'hasSummaries' | 'facts'
> {
  index: RecallIndex;
  names: readonly [user: string, assistant: string];
  /** The newest, newest first. */
  recent: Turn[];
  /** The turns whose whole texts are known, by sequence. */
  turns: Map<number, Turn>;
}

type Options = Partial<Pick<HistoryRequest, 'sessionId' | 'recent' | 'facts'>>;

/** Reads what a question is ranked by, in one flush. */
@Injectable()
export class HistoryReader {
  constructor(
    private readonly repository: MemoryRepository,
    private readonly sealer: Sealer,
    private readonly known: KnownLogs,
  ) {}

  async read(userId: string, { terms }: Question, options: Options = {}): Promise<History> {
    const { read, known } = await this.readConsistently(userId, options);
    if (isBehind(read)) void this.sealer.seal(userId);
    const names = namesOf(read);
    const recent = read.newest.map((sequence) => read.turns.get(sequence) ?? known.turns.get(sequence)!);
    const turns = new Map(known.turns);
    for (const turn of recent) turns.set(turn.sequence, turn);
    for (const turn of turns.values()) if (!isWhole(turn)) turns.delete(turn.sequence);
    return { ...read, names, recent, turns, index: new RecallIndex(known.log, terms, names) };
  }

  /** A write or a new block may come between the statements of a read; then it is read again. */
  private async readConsistently(
    userId: string,
    options: Options,
  ): Promise<{ read: HistoryRead; known: KnownLog }> {
    let before = this.known.get(userId);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const read = await this.repository.history(userId, {
        sessionId: null,
        recent: 0,
        facts: 0,
        ...options,
        known: KnownLog.asKnown(before),
        characters: INDEXED_CHARACTERS,
        unsealed: MOST_UNSEALED + 1,
      });
      if (read === undefined) {
        this.known.drop(userId);
        throw new UnauthenticatedError('There is no such user any more.');
      }
      if (read === null) continue;
      if (read.unsealed.length > MOST_UNSEALED) {
        await this.sealer.seal(userId);
        continue;
      }
      const known = KnownLog.from(read, before);
      if (known) {
        this.known.keep(userId, known);
        return { read, known };
      }
      before = undefined;
    }
    throw new UnavailableError('The history changes faster than it can be read; try again.');
  }
}

/** Whether a turn has been read to its end. */
function isWhole({ question, answer }: Turn): boolean {
  const isShort = (text: string | null): boolean => text === null || text.length < INDEXED_CHARACTERS;
  return isShort(question) && isShort(answer);
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
