import { Injectable, Logger } from '@nestjs/common';
import { NIL } from 'uuid';
import { Commands } from '../database/commands.js';
import { DeletionKind } from '../deletions/deletion-receipt.model.js';
import { SessionsRepository } from './sessions.repository.js';

const SWEEP_PAGE = 500;
const DAY_MS = 86_400_000;

/** Ends and deletes sessions whose time is over. */
@Injectable()
export class SessionUpkeep {
  private readonly logger = new Logger(SessionUpkeep.name);

  constructor(
    private readonly repository: SessionsRepository,
    private readonly commands: Commands,
  ) {}

  /** Deletes the user's unpinned sessions that ended more than `days` days ago; returns how many. */
  cleanUp(userId: string, days: number): Promise<number> {
    return this.deleteOld(userId, days, DeletionKind.CLEANUP);
  }

  /**
   * Ends what idleness and expiry have ended, for all users. Safe in many processes at once: ending twice is ending
   * once.
   */
  async sweep(signal?: AbortSignal): Promise<number> {
    let swept = 0;
    while (!signal?.aborted) {
      const abandoned = await this.repository.abandoned(SWEEP_PAGE);
      // A user or session that was deleted meanwhile is no failure of the sweep.
      const outcomes = await Promise.allSettled(
        abandoned.map((session) => this.commands.run({ kind: 'sweepSession', ...session })),
      );
      const ended = outcomes.filter((one) => one.status === 'fulfilled' && one.value.changes > 0).length;
      swept += ended;
      if (abandoned.length < SWEEP_PAGE || ended === 0) break;
    }
    return swept;
  }

  /** Applies the retention policy to all users. One whose sessions cannot be deleted now does not stop the others. */
  async retain(days: number, signal?: AbortSignal): Promise<number> {
    const before = new Date(Date.now() - days * DAY_MS);
    let deleted = 0;
    let last: string = NIL;
    while (!signal?.aborted) {
      const users = await this.repository.usersWithOld(before, last, SWEEP_PAGE);
      for (const { userId } of users) {
        last = userId;
        deleted += await this.deleteOld(userId, days, DeletionKind.RETENTION, signal).catch(
          (error: unknown) => {
            this.logger.warn(`Old sessions of a user could not be deleted: ${(error as Error).message}`);
            return 0;
          },
        );
      }
      if (users.length < SWEEP_PAGE) break;
    }
    return deleted;
  }

  private async deleteOld(
    userId: string,
    days: number,
    reason: DeletionKind,
    signal?: AbortSignal,
  ): Promise<number> {
    const before = new Date(Date.now() - days * DAY_MS).toISOString();
    let deleted = 0;
    while (!signal?.aborted) {
      const { detail } = await this.commands.runLong({ kind: 'deleteOldSessions', userId, before, reason });
      if (detail === 0) break;
      deleted += detail as number;
    }
    return deleted;
  }
}
