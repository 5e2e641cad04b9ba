import { Injectable } from '@nestjs/common';
import type { LiveStream } from '../live/live-stream.js';
import { NewsFeed } from '../live/news-feed.js';
import { NewsStream } from '../live/news-stream.js';
import { isAtRest, type TransferState } from './transfer-state.model.js';

/** Something that goes on for a while, as it is in the database. */
interface Transfer {
  state: TransferState;
}

/** Reads it anew; null when it is gone. */
type Read<T> = () => Promise<T | null>;

/** How far something has come, whenever that has changed, until it is at rest. */
class ProgressStream<T extends Transfer = Transfer> extends NewsStream<T> {
  /** What was delivered last. */
  told = '';

  constructor(
    userId: string,
    rootField: string,
    readonly id: string,
    readonly read: Read<T>,
    feed: ProgressService,
  ) {
    super(userId, rootField, feed);
  }
}

/** Tells how far exports and imports have come, whichever process works at them. */
@Injectable()
export class ProgressService extends NewsFeed<ProgressStream, Transfer | null> {
  watch<T extends Transfer>(userId: string, rootField: string, id: string, read: Read<T>): LiveStream<T> {
    return new ProgressStream(userId, rootField, id, read, this);
  }

  protected placeOf({ userId, rootField, id }: ProgressStream): string {
    return `${userId} ${rootField} ${id}`;
  }

  protected read(stream: ProgressStream): Promise<Transfer | null> {
    return stream.read();
  }

  protected async deliver(stream: ProgressStream, transfer: Transfer | null): Promise<boolean> {
    const now = JSON.stringify(transfer);
    if (transfer && now !== stream.told) {
      if (!(await stream.tell(transfer))) return false;
      stream.told = now;
    }
    if (!transfer || isAtRest(transfer.state)) stream.finish();
    return true;
  }
}
