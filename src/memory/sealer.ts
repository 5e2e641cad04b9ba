import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { BlockPacker, MAX_SPAN, type LoggedTurn, type PackedBlock } from './block.js';
import { BlocksRepository } from './blocks.repository.js';
import { INDEXED_CHARACTERS } from './words.js';

const BLOCK_INTERACTIONS = 256;
/** The newest stay out: they are still being completed, and each completion of a sealed one blanks its block. */
const KEPT_OUT = 64;
/** How many interactions without a block make it worth to seal. */
export const SEALED_FROM = BLOCK_INTERACTIONS + KEPT_OUT;
/** A turn of the event loop is for so many interactions. */
const PACKED_AT_ONCE = 16;
/** Text of one block: a process never holds more of it at a time. */
const BLOCK_CHARACTERS = 4 * 1024 * 1024;

/**
 * Brings blocks of users up to date, when a reader saw that they are behind (nobody pays for it who only records), and while
 * much is imported. One user at a time, because it is a tenth of a millisecond of work per interaction. Many processes may do the same at
 * once; the first to store a block wins.
 */
@Injectable()
export class Sealer implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Sealer.name);
  private readonly underWay = new Map<string, Promise<void>>();
  private last: Promise<void> = Promise.resolve();
  private closing = false;

  constructor(private readonly repository: BlocksRepository) {}

  /** Resolves when it is done or has failed, which is no more than a pity: blocks only save time. */
  seal(userId: string): Promise<void> {
    let work = this.underWay.get(userId);
    if (!work) {
      work = this.last
        .then(() => this.sealAll(userId))
        .catch((error: unknown) => this.logger.warn(`Could not seal: ${(error as Error).message}`))
        .finally(() => this.underWay.delete(userId));
      this.underWay.set(userId, work);
      this.last = work;
    }
    return work;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    await this.last;
  }

  private async sealAll(userId: string): Promise<void> {
    for (const range of await this.repository.blankBlocks(userId)) {
      if (this.closing) return;
      const turns = await this.repository.range(userId, INDEXED_CHARACTERS, range.first, range.last);
      await this.repository.seal(userId, range, turns, turns.length > 0 ? await packed(turns) : null);
    }
    while (!this.closing) {
      const turns = await this.repository.unsealed(userId, INDEXED_CHARACTERS, SEALED_FROM);
      if (turns.length < SEALED_FROM) return;
      const block = blockOf(turns);
      const range = { first: block[0]!.sequence, last: block.at(-1)!.sequence };
      if (!(await this.repository.seal(userId, range, block, await packed(block)))) return;
    }
  }
}

/** In between other requests have their turn: done at once, a block holds them up for 20 ms; so for 7, which its end takes. */
async function packed(turns: readonly LoggedTurn[]): Promise<PackedBlock> {
  const packer = new BlockPacker(turns[0]!.sequence);
  for (const [index, turn] of turns.entries()) {
    if (index % PACKED_AT_ONCE === 0) await setImmediate();
    packer.add(turn);
  }
  await setImmediate();
  return packer.packed();
}

/** The first turns that go into one block. */
function blockOf(turns: readonly LoggedTurn[]): LoggedTurn[] {
  let characters = 0;
  const end = turns.findIndex((turn, index) => {
    characters += (turn.question?.length ?? 0) + (turn.answer?.length ?? 0);
    const isFull = characters > BLOCK_CHARACTERS || turn.sequence - turns[0]!.sequence > MAX_SPAN;
    return index === BLOCK_INTERACTIONS || (index > 0 && isFull);
  });
  return turns.slice(0, end);
}
