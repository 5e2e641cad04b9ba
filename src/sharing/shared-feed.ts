import { Injectable } from '@nestjs/common';
import { Cursors } from '../common/cursor.js';
import { BadUserInputError, NotFoundError } from '../common/errors.js';
import { LiveService } from '../live/live.service.js';
import { NewsFeed } from '../live/news-feed.js';
import { ReadersRepository, type ShareKey, type SharedChangeRow } from './readers.repository.js';
import { SharedStream } from './shared-stream.js';

const cursorKind = (shareId: string) => `shared changes ${shareId}`;

/**
 * Shows what happens in shared sessions to those they are shared with, whichever process it happens in. Whatever is
 * delivered was read through the share a moment before, so one that is over shows nothing more; and since revoking is a
 * change of the owner, the hint of it ends the streams at once.
 */
@Injectable()
export class SharedFeed extends NewsFeed<SharedStream, SharedChangeRow[]> {
  constructor(
    private readonly repository: ReadersRepository,
    private readonly cursors: Cursors,
    live: LiveService,
  ) {
    super(live);
  }

  /** After a cursor that an event had, and from now on without one. */
  async stream(readerId: string, share: ShareKey, after: string | undefined): Promise<SharedStream> {
    const position =
      after === undefined
        ? await this.now(share)
        : (this.cursors.decode(cursorKind(share.shareId), readerId, after, 'after')[0] as number);
    return new SharedStream(readerId, share, position, this);
  }

  protected placeOf({ share, position }: SharedStream): string {
    return `${share.shareId} ${position}`;
  }

  protected read({ share, position }: SharedStream): Promise<SharedChangeRow[]> {
    return this.repository.changes(share, position);
  }

  protected async deliver(stream: SharedStream, rows: SharedChangeRow[]): Promise<boolean> {
    const [first] = rows;
    if (!first || stream.position < first.keptAfter) {
      stream.fail(first ? tooOld() : new NotFoundError('Shared session'));
      return true;
    }
    for (const { revision, kind, turnId, turn } of rows) {
      if (revision === null) continue;
      const cursor = this.cursors.encode(cursorKind(stream.share.shareId), stream.userId, [revision]);
      if (!(await stream.tell({ cursor, kind, turnId, turn }))) return false;
      stream.position = revision;
    }
    stream.position = first.reached;
    return first.reached >= first.currentRevision;
  }

  private async now(share: ShareKey): Promise<number> {
    const [row] = await this.repository.changes(share, Number.MAX_SAFE_INTEGER);
    if (!row) throw new NotFoundError('Shared session');
    return row.currentRevision;
  }
}

const tooOld = () =>
  new BadUserInputError({
    after: ['is so old that what followed is no longer kept: watch without it, and read the session anew'],
  });
