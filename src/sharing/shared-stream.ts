import { NewsStream } from '../live/news-stream.js';
import type { SharedSessionEvent } from './shared-session.model.js';
import type { ShareKey } from './readers.repository.js';
import type { SharedFeed } from './shared-feed.js';

/** What happens to a session that is shared with a reader, after a revision of its owner. */
export class SharedStream extends NewsStream<SharedSessionEvent> {
  constructor(
    readerId: string,
    readonly share: ShareKey,
    /** Revision up to which everything is delivered. */
    public position: number,
    feed: SharedFeed,
  ) {
    super(readerId, 'sharedSessionChanged', feed, share.ownerId);
  }
}
