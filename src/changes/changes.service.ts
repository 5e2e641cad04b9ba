import { Injectable } from '@nestjs/common';
import { LiveService } from '../live/live.service.js';
import type { LiveStream } from '../live/live-stream.js';
import type { Change, ChangePage } from './change.model.js';

@Injectable()
export class ChangesService {
  constructor(private readonly live: LiveService) {}

  /** Up to `first` changes; without `details` only what is in the log itself. */
  async page(userId: string, after: number, first: number, details: boolean): Promise<ChangePage> {
    const page = await this.live.page(userId, after, first, details);
    const changes = page.changes as Change[];
    return { changes, revision: changes.at(-1)?.revision ?? after, hasMore: !page.complete };
  }

  watch(userId: string, after: number | undefined): Promise<LiveStream<Change>> {
    return this.live.subscribe(userId, after, (change) => change as Change, 'changes');
  }
}
