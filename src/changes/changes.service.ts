import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { LiveService } from '../live/live.service.js';
import type { LiveStream } from '../live/live-stream.js';
import type { Change, ChangePage } from './change.model.js';
import { ChangesRepository } from './changes.repository.js';

const USERS_PER_PAGE = 500;
/** Deleted within 50 ms, as long as which writes of the user wait. */
const CHANGES_PER_PAGE = 5000;
const DAY_MS = 86_400_000;

@Injectable()
export class ChangesService {
  constructor(
    private readonly live: LiveService,
    private readonly repository: ChangesRepository,
  ) {}

  /** Up to `first` changes; without `details` only what is in the log itself. */
  async page(userId: string, after: number, first: number, details: boolean): Promise<ChangePage> {
    const page = await this.live.page(userId, after, first, details);
    const changes = page.changes as Change[];
    return { changes, revision: changes.at(-1)?.revision ?? after, hasMore: !page.complete };
  }

  watch(userId: string, after: number | undefined): Promise<LiveStream<Change>> {
    return this.live.subscribe(userId, after, (change) => change as Change, 'changes');
  }
  /** Deletes everybody's changes of more than so many days ago; returns how many. */
  async forget(days: number, signal?: AbortSignal): Promise<number> {
    const before = new Date(Date.now() - days * DAY_MS);
    let deleted = 0;
    let last: string = NIL;
    while (!signal?.aborted) {
      const users = await this.repository.usersWithOld(before, last, USERS_PER_PAGE);
      for (const { userId } of users) {
        last = userId;
        deleted += await this.forgetOf(userId, before, signal);
      }
      if (users.length < USERS_PER_PAGE) break;
    }
    return deleted;
  }

  private async forgetOf(userId: string, before: Date, signal: AbortSignal | undefined): Promise<number> {
    let deleted = 0;
    while (!signal?.aborted) {
      const page = await this.repository.forget(userId, before, CHANGES_PER_PAGE);
      deleted += page;
      if (page < CHANGES_PER_PAGE) break;
    }
    return deleted;
  }
}
