import { setImmediate, setTimeout } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { LiveService } from './live.service.js';
import type { NewsStream } from './news-stream.js';

const RETRY_MS = 1000;

/**
 * Lets streams flow, whichever process the news comes from: a table is the truth, and hints say when to look. Each stream
 * reads at its own pace from where it is, so nothing is held for it. `Read` is what one look at the table gives.
 */
@Injectable()
export abstract class NewsFeed<Stream extends NewsStream, Read> {
  private readonly logger = new Logger(this.constructor.name);
  private readonly byUser = new Map<string, Set<Stream>>();
  private readonly reads = new Map<string, Promise<Read>>();

  constructor(live: LiveService) {
    const wake = (streams: Iterable<Stream> = []) => {
      for (const stream of streams) stream.wake();
    };
    live.onHint((userId) => {
      if (userId !== null) wake(this.byUser.get(userId));
      else for (const streams of this.byUser.values()) wake(streams);
    });
    live.onUserGone((userId) => wake(this.byUser.get(userId)));
  }

  enter(stream: Stream): void {
    let streams = this.byUser.get(stream.watchedUser);
    if (!streams) this.byUser.set(stream.watchedUser, (streams = new Set()));
    streams.add(stream);
    void this.follow(stream);
  }

  leave(stream: Stream): void {
    const streams = this.byUser.get(stream.watchedUser);
    if (streams?.delete(stream) && streams.size === 0) this.byUser.delete(stream.watchedUser);
  }

  /** Where a stream has come: those that are woken together and have come as far are answered by one read. */
  protected abstract placeOf(stream: Stream): string;

  /** What follows the place of a stream. */
  protected abstract read(stream: Stream): Promise<Read>;

  /** Delivers it, and moves the stream on. False when there may be more at once, or not all of it was taken. */
  protected abstract deliver(stream: Stream, read: Read): Promise<boolean>;

  private async follow(stream: Stream): Promise<void> {
    while (stream.open) {
      await stream.sink.drained();
      if (!stream.open) return;
      // Before the read, not after: what is told meanwhile may be of something that the read does not see.
      stream.expectNews();
      try {
        const read = await this.readTogether(stream);
        if (!stream.open) return;
        if (await this.deliver(stream, read)) await stream.news;
      } catch (error) {
        this.logger.warn(`What comes next could not be read: ${(error as Error).message}`);
        await setTimeout(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  private readTogether(stream: Stream): Promise<Read> {
    const place = this.placeOf(stream);
    let read = this.reads.get(place);
    if (!read) {
      read = setImmediate().then(() => {
        this.reads.delete(place); // whoever is woken from now on needs another
        return this.read(stream);
      });
      this.reads.set(place, read);
    }
    return read;
  }
}
