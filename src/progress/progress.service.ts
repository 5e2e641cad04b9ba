import { setTimeout } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { LiveStream } from '../live/live-stream.js';
import { LiveService } from '../live/live.service.js';
import { NewsStream } from '../live/news-stream.js';
import { isAtRest, type TransferState } from './transfer-state.model.js';

const RETRY_MS = 1000;

/** Something that goes on for a while, as it is in the database. */
interface Transfer {
  state: TransferState;
}

/** Reads it anew; null when it is gone. */
type Read<T> = () => Promise<T | null>;

/** How far something has come, whenever that has changed, until it is at rest. */
class ProgressStream<T extends Transfer = Transfer> extends NewsStream<T> {
  constructor(
    userId: string,
    rootField: string,
    readonly read: Read<T>,
    feed: ProgressService,
  ) {
    super(userId, rootField, feed);
  }
}

/** Tells how far exports and imports have come, whichever process works at them: the table is the truth. */
@Injectable()
export class ProgressService {
  private readonly logger = new Logger(ProgressService.name);
  private readonly byUser = new Map<string, Set<ProgressStream>>();

  constructor(live: LiveService) {
    live.onHint((userId) =>
      this.wake(userId === null ? this.byUser.values() : [this.byUser.get(userId) ?? []]),
    );
    live.onUserGone((userId) => this.wake([this.byUser.get(userId) ?? []]));
  }

  watch<T extends Transfer>(userId: string, rootField: string, read: Read<T>): LiveStream<T> {
    return new ProgressStream(userId, rootField, read, this);
  }

  enter(stream: ProgressStream): void {
    const streams = this.byUser.get(stream.userId) ?? new Set();
    this.byUser.set(stream.userId, streams.add(stream));
    void this.follow(stream);
  }

  leave(stream: ProgressStream): void {
    const streams = this.byUser.get(stream.userId);
    if (streams?.delete(stream) && streams.size === 0) this.byUser.delete(stream.userId);
  }

  private wake(groups: Iterable<Iterable<ProgressStream>>): void {
    for (const streams of groups) for (const stream of streams) stream.wake();
  }

  private async follow(stream: ProgressStream): Promise<void> {
    let told = '';
    for (;;) {
      await stream.sink.drained();
      if (!stream.open) return;
      // Before the read, not after: what is told meanwhile may be of something that the read does not see.
      stream.expectNews();
      const transfer = await this.read(stream);
      if (!stream.open || transfer === null) return this.end(stream);
      const now = JSON.stringify(transfer);
      if (transfer && now !== told) {
        const payload = await stream.sink.render(transfer, stream.rootField);
        if (!stream.open) return;
        if (!stream.sink.push(payload)) continue;
        told = now;
      }
      if (transfer && isAtRest(transfer.state)) return this.end(stream);
      if (transfer) await stream.news;
    }
  }

  private end(stream: ProgressStream): void {
    if (!stream.open) return;
    stream.stop();
    stream.sink.end();
  }

  /** Undefined when it could not be read. */
  private async read(stream: ProgressStream): Promise<Transfer | null | undefined> {
    try {
      return await stream.read();
    } catch (error) {
      this.logger.warn(`Progress could not be read: ${(error as Error).message}`);
      await setTimeout(RETRY_MS, undefined, { ref: false });
      return undefined;
    }
  }
}
