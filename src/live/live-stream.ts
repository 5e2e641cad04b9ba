import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Change } from './change-log.js';

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

/** Whom a stream registers with while it flows. */
export interface StreamHost {
  enter(stream: LiveStream): void;
  leave(stream: LiveStream): void;
}

/**
 * The events of one subscription: those after `position`, once, in order, then live. Whoever gets it either attaches
 * a sink, to which events are pushed, or iterates it.
 */
export class LiveStream<Event = unknown> implements AsyncIterable<Event> {
  sink: Sink;
  open = false;

  constructor(
    readonly userId: string,
    /** Revision of the last change that was delivered, or that this stream does not select. */
    public position: number,
    readonly select: (change: Change) => Event | null,
    readonly rootField: string,
    private readonly host: StreamHost,
  ) {}

  start(sink: Sink): void {
    this.sink = sink;
    this.open = true;
    this.host.enter(this);
  }

  stop(): void {
    if (!this.open) return;
    this.open = false;
    this.host.leave(this);
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
}
