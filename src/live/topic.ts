import { setImmediate, setTimeout } from 'node:timers/promises';
import type { ChangeFeed } from './change-feed.js';
import { ForgottenError, type Change, type ChangePage } from './change-log.js';
import type { ChangeStream } from './change-stream.js';

export interface TopicHost {
  /** Reads for those who are live; reads of those who catch up do not delay them. */
  readonly feed: ChangeFeed;
  readonly replays: ChangeFeed;
  /** How long a replay waits after a read that failed. */
  readonly replayRetryMs: number;
  gone(userId: string): void;
  failed(error: unknown): void;
}

/** After so many pushes the event loop gets a turn: sockets are read, others' requests answered. */
const PUSHES_PER_TURN = 512;

/**
 * One user with subscribers in this process. A stream first replays from the table at its own pace, then goes live.
 * Exactness rests on each stream's `position` alone: a change goes to the streams that have everything before it.
 * `cursor` only says from where to read; a stream that joins from further back moves it back, and what is read again
 * is passed over by those who have it. A stream that takes no more goes back to replaying.
 */
export class Topic {
  /** Every open stream, whether it replays or is live. */
  readonly streams = new Set<ChangeStream>();
  /** The live ones, by what they share. */
  private readonly groups = new Map<unknown, Set<ChangeStream>>();
  private cursor = 0;
  /** The table is said to hold changes up to this revision. */
  private hinted = 0;
  private reading = false;

  constructor(
    private readonly userId: string,
    private readonly host: TopicHost,
  ) {}

  enter(stream: ChangeStream): void {
    this.streams.add(stream);
    void this.replay(stream);
  }

  leave(stream: ChangeStream): void {
    this.streams.delete(stream);
    this.leaveGroup(stream);
  }

  /** Wakes the topic. Infinity: there may be anything. */
  hint(revision: number): void {
    this.hinted = Math.max(this.hinted, revision);
    void this.advance();
  }

  private async replay(stream: ChangeStream): Promise<void> {
    for (;;) {
      await stream.sink.drained();
      if (!stream.open) return;
      const page = await this.replayPage(stream.position);
      if (!stream.open || !page) continue;
      if (page.currentRevision === null) return this.host.gone(this.userId);
      if (stream.position < page.keptAfter) return stream.fail(new ForgottenError(page.keptAfter));
      const wantsMore = await this.deliverPage(stream, page.changes);
      if (stream.open && wantsMore && page.complete) return this.join(stream);
    }
  }

  private async replayPage(after: number): Promise<ChangePage | undefined> {
    try {
      return await this.host.replays.page(this.userId, after);
    } catch (error) {
      this.host.failed(error);
      await setTimeout(this.host.replayRetryMs, undefined, { ref: false });
      return undefined;
    }
  }

  private async deliverPage(stream: ChangeStream, changes: Change[]): Promise<boolean> {
    for (const change of changes) {
      const event = stream.select(change);
      const payload = event === null ? null : await stream.sink.render(event, stream.rootField);
      if (!stream.open || (payload !== null && !stream.sink.push(payload))) return false;
      stream.position = change.revision;
    }
    return true;
  }

  private join(stream: ChangeStream): void {
    this.hinted = Math.max(this.hinted, this.cursor, stream.position);
    this.cursor = this.groups.size > 0 ? Math.min(this.cursor, stream.position) : stream.position;
    const group = this.groups.get(stream.sink.sharing);
    if (group) group.add(stream);
    else this.groups.set(stream.sink.sharing, new Set([stream]));
    void this.advance();
  }

  private leaveGroup(stream: ChangeStream): void {
    const group = this.groups.get(stream.sink.sharing);
    if (group?.delete(stream) && group.size === 0) this.groups.delete(stream.sink.sharing);
  }

  /** Reads and delivers until the table holds nothing new. When a read fails, the next hint or re-check resumes. */
  private async advance(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      while (this.groups.size > 0 && this.hinted > this.cursor) {
        // Before the read, not after: a hint that comes meanwhile may be of a change that the read does not see.
        this.hinted = 0;
        const after = this.cursor;
        const page = await this.host.feed.page(this.userId, after);
        if (page.currentRevision === null) return this.host.gone(this.userId);
        if (after < page.keptAfter) this.sendBack(page.keptAfter);
        if (!((await this.deliver(page.changes, after)) && page.complete)) this.hinted = Infinity;
      }
    } catch (error) {
      this.host.failed(error);
    } finally {
      this.reading = false;
    }
  }

  /** Who waits for what is no longer kept is told so by a replay. */
  private sendBack(keptAfter: number): void {
    for (const group of this.groups.values()) {
      for (const stream of group) {
        if (stream.position >= keptAfter) continue;
        this.leaveGroup(stream);
        void this.replay(stream);
      }
    }
  }

  /** False when a stream joined from further back meanwhile: the rest is read again from there. */
  private async deliver(changes: Change[], after: number): Promise<boolean> {
    let previous = after;
    let pushes = 0;
    for (const change of changes) {
      if (this.cursor !== previous) return false;
      // Before the event is rendered, not after: who joins meanwhile without it then moves the cursor back.
      this.cursor = change.revision;
      pushes += await this.fanOut(change, previous);
      if (pushes >= PUSHES_PER_TURN) {
        pushes = 0;
        await setImmediate();
      }
      previous = change.revision;
    }
    return this.cursor === previous;
  }

  private async fanOut(change: Change, previous: number): Promise<number> {
    const groups = [...this.groups.values()];
    const pushes = await Promise.all(groups.map((group) => this.deliverTo(group, change, previous)));
    return pushes.reduce((sum, count) => sum + count, 0);
  }

  /** Renders the event once for the whole group. */
  private async deliverTo(group: Set<ChangeStream>, change: Change, previous: number): Promise<number> {
    const awaits = ({ position }: ChangeStream) => position >= previous && position < change.revision;
    const first = findIn(group, awaits);
    if (!first) return 0;
    const event = first.select(change);
    const payload = event === null ? null : await first.sink.render(event, first.rootField);
    let pushes = 0;
    for (const stream of group) {
      if (!awaits(stream)) continue;
      if (payload === null || stream.sink.push(payload)) {
        stream.position = change.revision;
        pushes++;
      } else {
        this.leaveGroup(stream);
        void this.replay(stream);
      }
    }
    return pushes;
  }
}

function findIn<Item>(items: Iterable<Item>, matches: (item: Item) => boolean): Item | undefined {
  for (const item of items) if (matches(item)) return item;
  return undefined;
}
