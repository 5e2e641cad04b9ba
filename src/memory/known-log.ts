import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Block } from './block.js';
import { Log } from './log.js';
import type { HistoryRead, Known } from './history.repository.js';
import type { Turn } from './memory.repository.js';

/** Turns without a block are indexed by so much of the log, so that a new one is not the occasion to index all again. */
const PART_SPAN = 16;

/** Turns that no block tells of, and their index. */
interface Part {
  turns: readonly Turn[];
  block: Block;
}

/** What of the user a log is read with. */
export type Owner = Pick<HistoryRead, 'displayName' | 'timeZone' | 'hasSummaries'>;

const NOTHING: Known = { revision: -1, versions: [], from: Number.MAX_SAFE_INTEGER };

/** A user's log as it was at one revision: what the next question need not read again. */
export class KnownLog {
  private constructor(
    private readonly revision: number,
    /** All turns after this place are among `turns`. */
    private readonly sealedTo: number,
    private readonly blocks: ReadonlyMap<string, Block>,
    readonly turns: ReadonlyMap<number, Turn>,
    /** By their first turn's place. */
    private readonly parts: ReadonlyMap<number, Part>,
    readonly log: Log,
    readonly owner: Owner,
  ) {}

  static asKnown(known: KnownLog | undefined): Known {
    if (!known) return NOTHING;
    const { revision, blocks, sealedTo } = known;
    return { revision, versions: [...blocks.keys()], from: sealedTo + 1 };
  }

  /** What was read, with what was known before. Null when something is in neither: a block was made meanwhile. */
  static from(read: HistoryRead, known: KnownLog | undefined): KnownLog | null {
    const blocks = new Map<string, Block>();
    for (const [, , version] of read.places) {
      if (version === null) continue;
      const packed = read.blocks.get(version);
      const block = known?.blocks.get(version) ?? (packed && new Block(packed.fromSequence, packed));
      if (!block) return null;
      blocks.set(version, block);
    }
    const turns = new Map<number, Turn>();
    for (const sequence of read.unsealed) {
      const turn = read.turns.get(sequence) ?? known?.turns.get(sequence);
      if (!turn) return null;
      turns.set(sequence, turn);
    }
    const starts = [...blocks.values()].map(({ fromSequence }) => fromSequence);
    const parts = partsOf([...turns.values()], starts, known?.parts);
    const all = [...blocks.values(), ...parts.map(({ block }) => block)].sort(
      (one, other) => one.fromSequence - other.fromSequence,
    );
    const isSame =
      all.length === known?.log.blocks.length && all.every((block, n) => block === known.log.blocks[n]);
    return new KnownLog(
      read.revision,
      read.places.at(-1)?.[1] ?? 0,
      blocks,
      turns,
      new Map(parts.map((part) => [part.turns[0]!.sequence, part])),
      isSame ? known.log : Log.of(all),
      { displayName: read.displayName, timeZone: read.timeZone, hasSummaries: read.hasSummaries },
    );
  }

  /** Of the turns that are known as text the newest, of a session if one is named, newest first. */
  newest(sessionId: string | null, count: number): Turn[] {
    return [...this.turns.values()]
      .filter((turn) => sessionId === null || turn.sessionId === sessionId)
      .reverse()
      .slice(0, count);
  }

  isOlderThan(other: KnownLog): boolean {
    return this.revision < other.revision;
  }

  /** About what it takes of memory. */
  get bytes(): number {
    const ofTurns = [...this.turns.values()].reduce(
      (sum, { question, answer }) => sum + ((question?.length ?? 0) + (answer?.length ?? 0)) * 2 + 500,
      0,
    );
    return this.log.blocks.reduce((sum, { bytes }) => sum + bytes, ofTurns + this.log.bytes + 1000);
  }
}

/** Cuts turns into parts, none of which reaches across a block; those that have not changed are kept. */
function partsOf(
  turns: readonly Turn[],
  blockStarts: readonly number[],
  known: ReadonlyMap<number, Part> | undefined,
): Part[] {
  let before = 0;
  const gapOf = (sequence: number): number => {
    while (before < blockStarts.length && blockStarts[before]! < sequence) before++;
    return before;
  };
  const cut = Map.groupBy(turns, ({ sequence }) => `${gapOf(sequence)} ${Math.floor(sequence / PART_SPAN)}`);
  return [...cut.values()].map((part) => {
    const same = known?.get(part[0]!.sequence);
    const isSame = same?.turns.length === part.length && part.every((turn, n) => turn === same.turns[n]);
    return isSame ? same : { turns: part, block: Block.of(part) };
  });
}

/** The log of turns alone. */
export function logOf(turns: readonly Turn[]): Log {
  return Log.of(partsOf(turns, [], undefined).map(({ block }) => block));
}

const MOST_BYTES = 256 * 1024 * 1024;
const KEPT_MILLISECONDS = 10 * 60_000;

/**
 * What this process knows of the logs of those who asked lately. Nothing is ever told from it that was not compared with
 * the database by the same read: blocks by their versions, turns by revisions. What has been forgotten meanwhile is
 * dropped by that read, and goes with the rest when nobody asks for ten minutes.
 */
@Injectable()
export class KnownLogs {
  private readonly logs = new LRUCache<string, KnownLog>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ bytes }) => bytes,
    ttl: KEPT_MILLISECONDS,
    ttlAutopurge: true,
  });

  get(userId: string): KnownLog | undefined {
    return this.logs.get(userId);
  }

  /** A read that was overtaken by another one brings nothing back. */
  keep(userId: string, log: KnownLog): void {
    const present = this.logs.get(userId);
    if (!present || !log.isOlderThan(present)) this.logs.set(userId, log);
  }

  drop(userId: string): void {
    this.logs.delete(userId);
  }
}
