import type { Change } from './change-log.js';
import { LiveStream } from './live-stream.js';

/** Whom a stream registers with while it flows. */
export interface StreamHost {
  enter(stream: ChangeStream): void;
  leave(stream: ChangeStream): void;
}

/** What happens to a user's data: the events after `position`, once, in order, then live. */
export class ChangeStream<Event = unknown> extends LiveStream<Event> {
  constructor(
    userId: string,
    /** Revision of the last change that was delivered, or that this stream does not select. */
    public position: number,
    readonly select: (change: Change) => Event | null,
    rootField: string,
    private readonly host: StreamHost,
  ) {
    super(userId, rootField);
  }

  protected enter(): void {
    this.host.enter(this);
  }

  protected leave(): void {
    this.host.leave(this);
  }
}
