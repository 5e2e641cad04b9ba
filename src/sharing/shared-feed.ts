import { setImmediate, setTimeout } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Cursors } from '../common/cursor.js';
import { BadUserInputError, NotFoundError } from '../common/errors.js';
import { LiveService } from '../live/live.service.js';
import { ReadersRepository, type ShareKey, type SharedChangeRow } from './readers.repository.js';
import type { SharedSessionEvent } from './shared-session.model.js';
import { SharedStream } from './shared-stream.js';

const RETRY_MS = 1000;

const cursorKind = (shareId: string) => `shared changes ${shareId}`;

/**
 * Shows what happens in shared sessions to those they are shared with, whichever process it happens in. Whatever is
 * delivered was read through the share a moment before, so one that is over shows nothing more; and since revoking is a
 * change of the owner, the hint of it ends the streams at once.
 */
@Injectable()
export class SharedFeed {
  private readonly logger = new Logger(SharedFeed.name);
  private readonly reads = new Map<string, Promise<SharedChangeRow[]>>();
  private readonly byOwner = new Map<string, Set<SharedStream>>();

  constructor(
    private readonly repository: ReadersRepository,
    private readonly cursors: Cursors,
    live: LiveService,
  ) {
    const wake = (streams: Iterable<SharedStream>) => {
      for (const stream of streams) stream.wake();
    };
    live.onHint((userId) => {
      if (userId !== null) wake(this.byOwner.get(userId) ?? []);
      else for (const streams of this.byOwner.values()) wake(streams);
    });
    live.onUserGone((userId) => wake(this.byOwner.get(userId) ?? []));
  }

  /** After a cursor that an event had, and from now on without one. */
  async stream(readerId: string, share: ShareKey, after: string | undefined): Promise<SharedStream> {
    const position =
      after === undefined
        ? await this.now(share)
        : (this.cursors.decode(cursorKind(share.shareId), readerId, after, 'after')[0] as number);
    return new SharedStream(readerId, share, position, this);
  }

  enter(stream: SharedStream): void {
    const { ownerId } = stream.share;
    let streams = this.byOwner.get(ownerId);
    if (!streams) this.byOwner.set(ownerId, (streams = new Set()));
    streams.add(stream);
    void this.follow(stream);
  }

  leave(stream: SharedStream): void {
    const { ownerId } = stream.share;
    const streams = this.byOwner.get(ownerId);
    if (streams?.delete(stream) && streams.size === 0) this.byOwner.delete(ownerId);
  }

  private async now(share: ShareKey): Promise<number> {
    const [row] = await this.repository.changes(share, Number.MAX_SAFE_INTEGER);
    if (!row) throw new NotFoundError('Shared session');
    return row.currentRevision;
  }

  private async follow(stream: SharedStream): Promise<void> {
    while (stream.open) {
      await stream.sink.drained();
      if (!stream.open) return;
      // Before the read, not after: what is told meanwhile may be of something that the read does not see.
      stream.expectNews();
      const rows = await this.next(stream);
      if (!stream.open) return;
      if (!rows) continue;
      const [first] = rows;
      if (!first) return stream.fail(new NotFoundError('Shared session'));
      if (stream.position < first.keptAfter) return stream.fail(tooOld());
      if (!(await this.deliver(stream, rows))) continue;
      stream.position = first.reached;
      if (first.reached >= first.currentRevision) await stream.news;
    }
  }

  /** False when not all of it was taken. */
  private async deliver(stream: SharedStream, rows: SharedChangeRow[]): Promise<boolean> {
    for (const { revision, kind, turnId, turn } of rows) {
      if (revision === null) continue;
      const cursor = this.cursors.encode(cursorKind(stream.share.shareId), stream.userId, [revision]);
      const event: SharedSessionEvent = { cursor, kind, turnId, turn };
      const payload = await stream.sink.render(event, stream.rootField);
      if (!stream.open || !stream.sink.push(payload)) return false;
      stream.position = revision;
    }
    return true;
  }

  /** Undefined when it could not be read. */
  private async next(stream: SharedStream): Promise<SharedChangeRow[] | undefined> {
    try {
      return await this.read(stream);
    } catch (error) {
      this.logger.warn(`Changes of a shared session could not be read: ${(error as Error).message}`);
      await setTimeout(RETRY_MS, undefined, { ref: false });
      return undefined;
    }
  }

  /** Streams that are woken together and have come as far are answered by one read. */
  private read({ share, position }: SharedStream): Promise<SharedChangeRow[]> {
    const key = `${share.shareId} ${position}`;
    let read = this.reads.get(key);
    if (!read) {
      read = setImmediate().then(() => {
        this.reads.delete(key); // whoever is woken from now on needs another
        return this.repository.changes(share, position);
      });
      this.reads.set(key, read);
    }
    return read;
  }
}

const tooOld = () =>
  new BadUserInputError({
    after: ['is so old that what followed is no longer kept: watch without it, and read the session anew'],
  });
