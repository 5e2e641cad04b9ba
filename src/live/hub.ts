import type { ChangeFeed } from './change-feed.js';
import { startingPoint, type Change } from './change-log.js';
import { ChangeStream, type StreamHost } from './change-stream.js';
import { Topic, type TopicHost } from './topic.js';

/** The users with subscribers in this process. Knows neither sockets nor where hints come from. */
export class Hub implements StreamHost, TopicHost {
  private readonly topics = new Map<string, Topic>();

  constructor(
    readonly feed: ChangeFeed,
    readonly replays: ChangeFeed,
    readonly failed: (error: unknown) => void,
    private readonly userGone: (userId: string) => void,
    readonly replayRetryMs = 1000,
  ) {}

  async subscribe<Event>(
    userId: string,
    after: number | undefined,
    select: (change: Change) => Event | null,
    rootField: string,
  ): Promise<ChangeStream<Event>> {
    const position = startingPoint(await this.replays.bounds(userId), after);
    return new ChangeStream(userId, position, select, rootField, this);
  }

  /** That a user has reached a revision: perhaps late, twice, or never; what is true is in the table. */
  hint(userId: string, revision: number): void {
    this.topics.get(userId)?.hint(revision);
  }

  /** Hints may have been lost: every topic looks for itself. */
  recheck(): void {
    for (const topic of this.topics.values()) topic.hint(Infinity);
  }

  gone(userId: string): void {
    this.userGone(userId);
    for (const stream of this.topics.get(userId)?.streams ?? []) {
      stream.stop();
      stream.sink.end();
    }
  }

  enter(stream: ChangeStream): void {
    let topic = this.topics.get(stream.userId);
    if (!topic) this.topics.set(stream.userId, (topic = new Topic(stream.userId, this)));
    topic.enter(stream);
  }

  leave(stream: ChangeStream): void {
    const topic = this.topics.get(stream.userId);
    topic?.leave(stream);
    if (topic?.streams.size === 0) this.topics.delete(stream.userId);
  }
}
