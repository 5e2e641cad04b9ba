import { Injectable } from '@nestjs/common';
import { UnauthenticatedError, UnavailableError } from '../common/errors.js';
import { speakerName } from './block.js';
import { GroupHistoryRepository } from './group-history.repository.js';
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
  | 'groupScope'
  | 'isOutside'
  | 'branches'
  | 'revision'
  | 'timeZone'
  | 'hasSession'
  | 'hasSummaries'
  | 'recent'
  | 'facts'
> {
  index: RecallIndex;
  names: readonly [user: string, assistant: string];
  /** The turns that were read as text, by sequence. */
  turns: Map<number, Turn>;
}

/** Reads what a question is ranked by: in one flush, and one more when a word of it is unknown. */
@Injectable()
export class HistoryReader {
  constructor(
    private readonly repository: MemoryRepository,
    private readonly groups: GroupHistoryRepository,
    private readonly sealer: Sealer,
  ) {}

  async read(
    userId: string,
    question: Question,
    options: Partial<Pick<HistoryRequest, 'sessionId' | 'seenFrom' | 'recent' | 'characters' | 'facts'>> = {},
  ): Promise<History> {
    const { terms } = question;
    const seenFrom = options.seenFrom ?? options.sessionId ?? null;
    const read = await this.readConsistently(userId, {
      sessionId: null,
      recent: 0,
      facts: 0,
      characters: INDEXED_CHARACTERS,
      ...options,
      seenFrom,
      terms,
      unsealed: MOST_UNSEALED + 1,
    });
    if (read.groupScope === null && isBehind(read)) void this.sealer.seal(userId);
    const names = namesOf(read);
    const index = RecallIndex.of(terms, names, read.blocks, read.unsealed);
    const unknown = index.unknownTerms();
    if (unknown.length > 0) {
      index.addSimilar(read.blocks.length > 0 ? await this.repository.similar(userId, unknown) : []);
    }
    if (seenFrom !== null && read.branches.length > 0) index.seeFrom(seenFrom, read.branches);
    const turns = new Map([...read.recent, ...read.unsealed].map((turn) => [turn.sequence, turn]));
    return { ...read, names, index, turns };
  }

  /** A write or a new block may come between the two statements of a read; then it is read again. */
  private async readConsistently(userId: string, request: HistoryRequest): Promise<HistoryRead> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const whole = await this.repository.history(userId, request);
      if (whole === null) continue;
      const isGroup = whole !== undefined && whole.groupScope !== null;
      const read = isGroup ? await this.groups.history(userId, request, whole) : whole;
      if (read === undefined) throw new UnauthenticatedError('There is no such user any more.');
      if (isGroup || read.unsealed.length <= MOST_UNSEALED) return read;
      await this.sealer.seal(userId);
    }
    throw new UnavailableError('The history changes faster than it can be read; try again.');
  }
}

/** The sessions that something is remembered of; null when all are. */
export function confinedTo({ groupScope, branches, index }: History): string[] | null {
  if (groupScope === null && branches.length === 0) return null;
  const unseen = new Set(branches.filter(({ upTo }) => upTo === 0).map(({ id }) => id));
  return index.sessionIds.filter((id) => !unseen.has(id));
}

/** What the two sides are called where the client names nobody. */
export function namesOf({
  displayName,
}: {
  displayName: string | null;
}): readonly [user: string, assistant: string] {
  return [speakerName(displayName) || 'User', 'Assistant'];
}

function isBehind({ blocks, unsealed }: HistoryRead): boolean {
  const last = blocks.at(-1)?.toSequence ?? 0;
  const newer = unsealed.filter(({ sequence }) => sequence > last).length;
  return newer >= SEALED_FROM || blocks.some(({ docs }) => docs === null);
}
