import { LiveStream } from './live-stream.js';

/** Whom a stream registers with while it flows, and who wakes it. */
interface Feed<Stream> {
  enter(stream: Stream): void;
  leave(stream: Stream): void;
}

/** A stream that reads at its own pace: it reads what there is, and waits until it is told that there may be more. */
export abstract class NewsStream<Event = unknown> extends LiveStream<Event> {
  /** Resolves when there may be more than was read. */
  news: Promise<void>;
  wake: () => void;

  constructor(
    userId: string,
    rootField: string,
    private readonly feed: Feed<NewsStream>,
    /** Whose changes may be news. */
    readonly watchedUser = userId,
  ) {
    super(userId, rootField);
    this.expectNews();
  }

  expectNews(): void {
    ({ promise: this.news, resolve: this.wake } = Promise.withResolvers<void>());
  }

  /** Shows an event; false when it was not taken. */
  async tell(event: Event): Promise<boolean> {
    const payload = await this.sink.render(event, this.rootField);
    return this.open && this.sink.push(payload);
  }

  /** There is no more. */
  finish(): void {
    if (!this.open) return;
    this.stop();
    this.sink.end();
  }

  protected enter(): void {
    this.feed.enter(this);
  }

  protected leave(): void {
    this.feed.leave(this);
    this.wake();
  }
}
