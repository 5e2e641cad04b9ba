import { LiveStream } from '../live/live-stream.js';
import type { SharedSessionEvent } from './shared-session.model.js';
import type { ShareKey } from './readers.repository.js';

/** Whom a stream registers with while it flows. */
export interface StreamHost {
  enter(stream: SharedStream): void;
  leave(stream: SharedStream): void;
}

/** What happens to a session that is shared with a reader, after a revision of its owner. */
export class SharedStream extends LiveStream<SharedSessionEvent> {
  /** Resolves when there may be more than was read. */
  news: Promise<void>;
  wake: () => void;

  constructor(
    readerId: string,
    readonly share: ShareKey,
    /** Revision up to which everything is delivered. */
    public position: number,
    private readonly host: StreamHost,
  ) {
    super(readerId, 'sharedSessionChanged');
    this.expectNews();
  }

  expectNews(): void {
    ({ promise: this.news, resolve: this.wake } = Promise.withResolvers<void>());
  }

  protected enter(): void {
    this.host.enter(this);
  }

  protected leave(): void {
    this.host.leave(this);
    this.wake();
  }
}
