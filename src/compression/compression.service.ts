import { channel } from 'node:diagnostics_channel';
import { Injectable, Logger } from '@nestjs/common';
import { NIL } from 'uuid';
import { CompressionRepository } from './compression.repository.js';

/** Published on `recollect:compression` when interactions were compressed. */
export interface CompressionEvent {
  interactions: number;
}

const compressed = channel('recollect:compression');

const USERS_PER_PAGE = 500;
/** Written within 100 ms, as long as which writes of the user wait. */
const VALUES_AT_ONCE = 20;
const DAY_MS = 86_400_000;

/** Keeps what old interactions say compressed. Nobody sees a difference: see routines/2-compression.sql. */
@Injectable()
export class CompressionService {
  private readonly logger = new Logger(CompressionService.name);

  constructor(private readonly repository: CompressionRepository) {}

  /**
   * Compresses everybody's interactions of more than so many days ago; returns how many. One user's that cannot be
   * compressed now do not stop the others.
   */
  async compress(days: number, signal?: AbortSignal): Promise<number> {
    const before = new Date(Date.now() - days * DAY_MS);
    let interactions = 0;
    let last: string = NIL;
    while (!signal?.aborted) {
      const users = await this.repository.users(before, last, USERS_PER_PAGE);
      for (const { userId } of users.filter(({ isDue }) => isDue)) {
        interactions += await this.compressOf(userId, before, signal).catch((error: unknown) => {
          this.logger.warn(`Interactions of a user could not be compressed: ${(error as Error).message}`);
          return 0;
        });
      }
      if (users.length < USERS_PER_PAGE) break;
      last = users.at(-1)!.userId;
    }
    return interactions;
  }

  private async compressOf(userId: string, before: Date, signal: AbortSignal | undefined): Promise<number> {
    let interactions = 0;
    while (!signal?.aborted) {
      const some = await this.repository.compress(userId, before, VALUES_AT_ONCE);
      if (some === 0) break;
      interactions += some;
      compressed.publish({ interactions: some } satisfies CompressionEvent);
    }
    return interactions;
  }
}
