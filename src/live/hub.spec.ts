import { setImmediate, setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { ChangeFeed } from './change-feed.js';
import { ForgottenError, type Change, type ChangeRow } from './change-log.js';
import { Hub } from './hub.js';
import type { ChangeStream } from './change-stream.js';
import type { Sink } from './live-stream.js';

const USER = '01970000-0000-7000-8000-000000000001';
/** What each change weighs: fewer fit into a page's bytes than into its size. */
const WEIGHT = 50_000;

/** One user's changes, read as the table is: what a read sees is decided when it starts. */
class Table {
  revision = 0;
  keptAfter = 0;
  exists = true;
  failing = false;
  readonly reads: string[][] = [];

  constructor(private readonly answered: (answer: () => void) => void) {}

  read = (userIds: string[], afters: number[], size: number, bytes: number): Promise<ChangeRow[]> => {
    this.reads.push(userIds);
    const { failing } = this;
    const page = Math.min(size, Math.ceil(bytes / WEIGHT));
    const rows = userIds.flatMap((userId, index) => this.rows(userId, afters[index]!, page));
    return new Promise((resolve, reject) => {
      this.answered(() => (failing ? reject(new Error('away')) : resolve(rows)));
    });
  };

  private rows(userId: string, after: number, pageSize: number): ChangeRow[] {
    const nothing = {
      kind: '',
      at: '',
      sessionId: null,
      interactionId: null,
      session: null,
      interaction: null,
    };
    const currentRevision = this.exists && userId === USER ? this.revision : null;
    const user = { ...nothing, userId, currentRevision, keptAfter: this.keptAfter };
    const first = Math.max(after, this.keptAfter);
    const count = currentRevision === null ? 0 : Math.min(this.revision - first, pageSize);
    if (count <= 0) return [{ ...user, revision: null }];
    return Array.from({ length: count }, (_, index) => ({ ...user, revision: first + 1 + index }));
  }
}

/** Whatever is asynchronous waits here until the test lets it happen, in any order. */
class Pending {
  private waiting: (() => void)[] = [];

  add = (run: () => void): void => void this.waiting.push(run);

  async let(choice: number, count = 1): Promise<void> {
    for (let i = 0; i < count; i++) {
      const [run] = this.waiting.splice(choice % Math.max(this.waiting.length, 1), 1);
      run?.();
      await setImmediate();
    }
  }

  async all(): Promise<void> {
    do await this.let(0);
    while (this.waiting.length > 0);
  }
}

/** Takes revisions; after each `room` of them it wants no more until it is drained. */
class Recorder implements Sink {
  readonly got: number[] = [];
  ended = false;
  error: Error | undefined;
  private taken = 0;
  private full: Promise<void> | undefined;

  constructor(
    readonly sharing: string,
    private readonly room: number,
    private readonly pending: Pending,
  ) {}

  render(event: unknown): Promise<unknown> {
    // Most at once, or a test would do little else than wait for them.
    if ((event as number) % 4) return Promise.resolve(event);
    return new Promise((resolve) => this.pending.add(() => resolve(event)));
  }

  push(payload: unknown): boolean {
    if (this.full) return false;
    this.got.push(payload as number);
    if (++this.taken % this.room === 0) {
      this.full = new Promise((resolve) => {
        this.pending.add(() => {
          this.full = undefined;
          resolve();
        });
      });
    }
    return true;
  }

  drained(): Promise<void> {
    return this.full ?? Promise.resolve();
  }

  end(error?: Error): void {
    this.ended = true;
    this.error = error;
  }
}

interface Subscriber {
  sink: Recorder;
  /** Where it started; undefined until it did. */
  after?: number;
  stream?: ChangeStream;
  left: boolean;
}

function world() {
  const pending = new Pending();
  const table = new Table(pending.add);
  const replayed = new Table(pending.add);
  const gone: string[] = [];
  const subscribers: Subscriber[] = [];
  const hub = new Hub(
    new ChangeFeed(table.read),
    new ChangeFeed((...values) => {
      replayed.revision = table.revision;
      replayed.keptAfter = table.keptAfter;
      replayed.exists = table.exists;
      return replayed.read(...values);
    }),
    () => undefined,
    (userId) => gone.push(userId),
    0,
  );
  const all = ({ revision }: Change) => revision;
  const odd = ({ revision }: Change) => (revision % 2 ? revision : null);
  function join(after: number | undefined, sharing: 'all' | 'odd' = 'all', room = Infinity): Subscriber {
    const subscriber: Subscriber = { sink: new Recorder(sharing, room, pending), left: false };
    subscribers.push(subscriber);
    hub.subscribe(USER, after, sharing === 'odd' ? odd : all, 'changed').then(
      (stream) => {
        subscriber.stream = stream;
        subscriber.after = stream.position;
        if (!subscriber.left) stream.start(subscriber.sink);
      },
      (error: unknown) => {
        subscriber.after = after;
        subscriber.sink.end(error as Error);
      },
    );
    return subscriber;
  }
  return { pending, table, replayed, hub, gone, subscribers, join };
}

function expected({ after = 0, sink }: Subscriber, last: number): number[] {
  const revisions = Array.from({ length: last - after }, (_, index) => after + 1 + index);
  return sink.sharing === 'all' ? revisions : revisions.filter((revision) => revision % 2);
}

const sharing = fc.constantFrom('all' as const, 'odd' as const);
const back = fc.option(fc.nat(120), { nil: undefined });
const letting = {
  do: fc.constant('let' as const),
  choice: fc.nat(20),
  count: fc.integer({ min: 1, max: 8 }),
};
const room = fc.constantFrom(1, 3, 10, Infinity);
const joining = { do: fc.constant('join' as const), back, sharing, room };
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('commit' as const), count: fc.constantFrom(1, 1, 1, 2, 3, 70) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('hint' as const), late: fc.nat(3) }) },
  { weight: 12, arbitrary: fc.record(letting) },
  { weight: 3, arbitrary: fc.record(joining) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('recheck' as const, 'outage' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), kept: fc.nat(150) }) },
);

describe('the hub', () => {
  test('gives every subscriber each revision after its cursor, once, in order, whatever happens to hints and reads', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 100, size: 'max' }),
        fc.boolean(),
        async (steps, reliable) => {
          const { pending, table, hub, subscribers, join } = world();
          for (const action of steps) {
            if (action.do === 'commit') {
              table.revision += action.count;
              if (reliable) hub.hint(USER, table.revision);
            } else if (action.do === 'hint') hub.hint(USER, table.revision - action.late);
            else if (action.do === 'recheck') hub.recheck();
            else if (action.do === 'forget')
              table.keptAfter = Math.max(table.keptAfter, table.revision - action.kept);
            else if (action.do === 'outage') table.failing = !reliable && !table.failing;
            else if (action.do === 'let') await pending.let(action.choice, action.count);
            else if (action.do === 'join') {
              const after = action.back === undefined ? undefined : Math.max(0, table.revision - action.back);
              join(after, action.sharing, action.room);
            } else if (action.do === 'leave') {
              const subscriber = subscribers[action.which];
              if (!subscriber) continue;
              subscriber.stream?.stop();
              subscriber.left = true;
            }
            await setImmediate();
          }
          table.failing = false;
          await pending.all();
          // When every hint came, nobody has to wait for the re-check.
          if (!reliable) hub.recheck();
          await pending.all();
          for (const subscriber of subscribers) {
            const all = expected(subscriber, table.revision);
            const { got, error } = subscriber.sink;
            expect(got).toEqual(subscriber.left || error ? all.slice(0, got.length) : all);
            // It is told so exactly when what it would have been told next is not kept.
            if (error) expect(subscriber.stream?.position ?? subscriber.after).toBeLessThan(table.keptAfter);
          }
        },
      ),
      { numRuns: 300 },
    ));

  test('reads all topics that wake together with one statement, and those that wake meanwhile with the next', async () => {
    const { pending, table } = world();
    const feed = new ChangeFeed(table.read);
    const pages = ['a', 'b', USER].map((userId) => feed.page(userId, 0));
    await setImmediate();
    pages.push(feed.page('c', 0), feed.page(USER, 0), feed.page('d', 0));
    await pending.all();
    const found = await Promise.all(pages);
    expect(table.reads).toEqual([
      ['a', 'b', USER],
      ['c', USER, 'd'],
    ]);
    expect(found.map(({ currentRevision }) => currentRevision)).toEqual([null, null, 0, null, 0, null]);
  });

  test('does not read for hints of what was delivered', async () => {
    const { pending, table, hub, join } = world();
    const { sink } = join(0);
    await pending.all();
    table.revision = 1;
    hub.hint(USER, 1);
    await pending.all();
    const { length } = table.reads;
    hub.hint(USER, 1);
    await pending.all();
    expect(sink.got).toEqual([1]);
    expect(table.reads).toHaveLength(length);
  });

  test('refuses a cursor from the future, and users who are gone', async () => {
    const { pending, table, hub } = world();
    const ahead = hub.subscribe(USER, 1, () => null, 'changed');
    void pending.all();
    await expect(ahead).rejects.toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', fields: { after: [expect.any(String)] } },
    });
    table.exists = false;
    const missing = hub.subscribe(USER, undefined, () => null, 'changed');
    void pending.all();
    await expect(missing).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
  });

  test('refuses a cursor older than what is kept, at once or while it replays', async () => {
    const { pending, table, join } = world();
    table.revision = 100;
    const { sink: slow } = join(0, 'all', 1);
    while (slow.got.length === 0) await pending.let(0);
    table.keptAfter = 90;
    const [late, justInTime] = [join(89).sink, join(90).sink];
    await pending.all();
    expect([slow, late, justInTime].map(({ got }) => got.length)).toEqual([1, 0, 10]);
    const errors = [slow, late, justInTime].map(({ error }) => error?.constructor);
    expect(errors).toEqual([ForgottenError, ForgottenError, undefined]);
  });

  test('ends the streams of a user who is gone, however it comes to know', async () => {
    const { pending, table, hub, gone, join } = world();
    const subscriber = join(0);
    await pending.all();
    expect(subscriber.stream?.open).toBe(true);
    table.exists = false;
    hub.recheck();
    await pending.all();
    expect(gone).toEqual([USER]);
    expect(subscriber.sink.ended).toBe(true);
    expect(subscriber.stream?.open).toBe(false);
  });

  test('catches up when the table could not be read for a replay', async () => {
    const { pending, table, replayed, join } = world();
    table.revision = 3;
    const { sink } = join(1);
    await setImmediate();
    replayed.failing = true;
    await pending.let(0);
    replayed.failing = false;
    await pending.let(0);
    while (sink.got.length < 2) await pending.all();
    expect(sink.got).toEqual([2, 3]);
  });

  test('streams can be iterated, and take no more than is asked for', async () => {
    const { pending, table, hub } = world();
    table.revision = 200;
    const flow = setInterval(() => void pending.let(0), 1);
    const stream = await hub.subscribe(USER, 0, ({ revision }) => revision, 'changed');
    const got: number[] = [];
    for await (const revision of stream) {
      got.push(revision);
      if (revision === 40) {
        await setTimeout(50);
        expect(stream.position).toBeLessThan(100);
      }
      if (revision === 200) hub.hint(USER, (table.revision = 201));
      if (revision === 201) break;
    }
    clearInterval(flow);
    expect(got).toEqual(Array.from({ length: 201 }, (_, index) => index + 1));
    expect(stream.open).toBe(false);
  });
});
