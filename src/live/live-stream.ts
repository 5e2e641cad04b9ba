import { once } from 'node:events';
import { PassThrough } from 'node:stream';

/** Where the events of one subscriber go: a socket, or whoever iterates the stream. */
export interface Sink {
  /** Subscribers of one user whose keys are equal take the same payloads: each is made once for all of them. */
  readonly sharing: unknown;
  /** Makes of an event what `push` takes. Never rejects. */
  render(event: unknown, rootField: string): Promise<unknown>;
  /** Takes a payload; false when it was not taken, because none is wanted before `drained()`. */
  push(payload: unknown): boolean;
  drained(): Promise<void>;
  /** There will be no more; with an error, because there should have been. */
  end(error?: Error): void;
}

/**
 * The events of one subscription. Whoever gets it either attaches a sink, to which events are pushed, or iterates it.
 * `rootField` is the field of the schema whose value an event is.
 */
export abstract class LiveStream<Event = unknown> implements AsyncIterable<Event> {
  sink: Sink;
  open = false;

  constructor(
    readonly userId: string,
    readonly rootField: string,
  ) {}

  start(sink: Sink): void {
    this.sink = sink;
    this.open = true;
    this.enter();
  }

  stop(): void {
    if (!this.open) return;
    this.open = false;
    this.leave();
  }

  fail(error: Error): void {
    this.stop();
    this.sink.end(error);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event> {
    const events = new PassThrough({ objectMode: true });
    this.start({
      sharing: events,
      render: (event) => Promise.resolve(event),
      push: (event) => !events.writableNeedDrain && (events.write(event), true),
      drained: async () => {
        if (events.writableNeedDrain) await once(events, 'drain');
      },
      end: (error) => (error ? events.destroy(error) : events.end()),
    });
    try {
      yield* events as AsyncIterable<Event>;
    } finally {
      this.stop();
    }
  }

  /** Begins to flow, into the sink. */
  protected abstract enter(): void;
  protected abstract leave(): void;
}
