import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LiveService } from '../../src/live/live.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, dropDatabase } from '../support/database.js';
import { RedisServer } from '../support/redis-server.js';
import { connect, follow, openSocket, until, watch } from '../support/sockets.js';

const RECORD = `mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }`;
const CHANGES = 'subscription ($after: Revision) { changes(after: $after) { revision } }';
const SECRET = 'a secret that all processes know, of some length';
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
/** What is still held, by clients and server together. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let databaseUrl: string;
beforeAll(async () => {
  databaseUrl = await createDatabase();
});
afterAll(() => dropDatabase(databaseUrl));

const start = (overrides = {}) =>
  startApp({ DATABASE_URL: databaseUrl, RECOLLECT_SECRET: SECRET, ...overrides });

async function record(app: TestApp, token: string, question: string): Promise<void> {
  await app.ask(RECORD, { input: { question } }, token);
}

describe('several processes on one database', () => {
  let one: TestApp;
  let two: TestApp;

  beforeAll(async () => {
    one = await start();
    two = await start();
  });
  afterAll(() => Promise.all([one.close(), two.close()]));

  it('tell each other: whoever watches either sees what both write, in one order', async () => {
    const { token } = await one.register();
    const clients = [one, two].map(({ wsUrl }) => connect(wsUrl, token));
    const watches = clients.map((client) => watch(client, CHANGES, { after: 0 }));
    const writes = range(0, 99).map((index) => record(index % 2 ? one : two, token, `Question ${index}`));
    await Promise.all(writes);
    for (const watched of watches) {
      await watched.atLeast(101);
      expect(watched.events.map(({ revision }) => revision)).toEqual(range(1, 101));
    }
    for (const client of clients) await client.dispose();
  });

  it('tell at once', async () => {
    const { token } = await one.register();
    const client = connect(two.wsUrl, token);
    const watched = watch(client, CHANGES, { after: 0 });
    await record(one, token, 'First');
    await watched.atLeast(2);
    const started = performance.now();
    await record(one, token, 'Second');
    await watched.atLeast(3);
    expect(performance.now() - started).toBeLessThan(3000); // unasked, the log is read every 10 s
    await client.dispose();
  });

  it('tell of a deleted account', async () => {
    const { token } = await one.register();
    const { closed } = await openSocket(two.wsUrl, token);
    await one.graphql('mutation { deleteMe(password: "correct horse battery") { at } }', {}, token);
    expect(await closed).toMatchObject({ code: 4403 });
  });
});

describe('a restart', () => {
  it('closes with 1001, promptly; clients go on where they were', async () => {
    let app = await start();
    const { token } = await app.register();
    const follower = follow(app.wsUrl, async () => token, 'changes', 0);
    const idle = await openSocket(app.wsUrl, token);
    await record(app, token, 'Before');
    await follower.reached(2);

    const started = performance.now();
    await app.close();
    expect(performance.now() - started).toBeLessThan(4000);
    expect(await idle.closed).toMatchObject({ code: 1001 });

    app = await start();
    await record(app, token, 'Meanwhile');
    follower.moveTo(app.wsUrl);
    await follower.reached(3);
    await record(app, token, 'After');
    await follower.reached(4);
    follower.stop();
    expect(follower.revisions).toEqual(range(1, 4));
    await app.close();
  });
});

describe('a subscriber that does not read', () => {
  it('is closed and resumes; others of the same user do not notice, and memory stays bounded', async () => {
    const app = await start();
    const { token } = await app.register();
    const { counters } = app.app.get(LiveService);
    const client = connect(app.wsUrl, token);
    const query =
      'subscription ($after: Revision) { changes(after: $after) { revision interaction { question } } }';
    const reader = watch(client, query, { after: 0 });
    const sleeper = await openSocket(app.wsUrl, token);
    sleeper.subscribe(query, { variables: { after: 0 } });
    await until(() => counters.subscriptions === 2);
    sleeper.socket.pause();

    const text = 'word '.repeat(200_000);
    const before = memory();
    for (let index = 0; index < 20; index++) {
      await record(app, token, text);
      await reader.atLeast(index + 2);
      delete reader.events.at(-1).interaction;
    }
    expect(reader.events.map(({ revision }) => revision)).toEqual(range(1, 21));
    expect(memory() - before).toBeLessThan(16 * 1024 * 1024);

    await until(() => counters.stalled === 1, 15_000);
    sleeper.socket.resume();
    expect(await sleeper.closed).toMatchObject({ code: 1013 });
    await until(() => counters.sockets === 1);
    expect(reader.events).toHaveLength(21);

    const resumed = connect(app.wsUrl, token);
    const rest = watch(resumed, query, { after: 1 });
    await rest.atLeast(20);
    expect(rest.events.map(({ revision }) => revision)).toEqual(range(2, 21));
    await Promise.all([client.dispose(), resumed.dispose()]);
    await app.close();
  });

  it('that reads slowly gets everything at its own pace', async () => {
    const app = await start();
    const { token } = await app.register();
    const slow = await openSocket(app.wsUrl, token);
    slow.subscribe('subscription { changes(after: 0) { revision interaction { question } } }');
    const text = 'word '.repeat(100_000);
    const writing = (async () => {
      for (let index = 0; index < 30; index++) await record(app, token, text);
    })();
    for (let index = 0; index < 20; index++) {
      slow.socket.pause();
      await pause(100);
      slow.socket.resume();
      await pause(20);
    }
    await writing;
    await until(() => slow.messages.filter(({ type }) => type === 'next').length === 31);
    const revisions = slow.messages.flatMap(({ payload }) => payload?.data?.changes.revision ?? []);
    expect(revisions).toEqual(range(1, 31));
    slow.socket.terminate();
    await app.close();
  });
});

describe('through Redis', () => {
  it('wake-ups reach other processes, one message for each batch of writes; without Redis they are only late', async () => {
    const redis = new RedisServer();
    const REDIS_URL = await redis.start();
    const [one, two] = await Promise.all([start({ REDIS_URL }), start({ REDIS_URL })]);
    await until(() => redis.subscribers === 2);
    const { token, userId } = await one.register();
    const client = connect(two.wsUrl, token);
    const watched = watch(client, CHANGES, { after: 0 });
    await record(one, token, 'First');
    await watched.atLeast(2);
    redis.published.length = 0;
    const started = performance.now();
    await Promise.all(range(1, 40).map((index) => record(one, token, `Question ${index}`)));
    await watched.atLeast(42);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(redis.published.length).toBeLessThan(40);
    expect(redis.published.at(-1)).toBe(`${userId}:42`);

    await redis.stop();
    await record(one, token, 'Unheard');
    await redis.start();
    await watched.atLeast(43);
    const { closed } = await openSocket(two.wsUrl, token);
    await until(() => redis.subscribers === 2);
    await one.graphql('mutation { deleteMe(password: "correct horse battery") { at } }', {}, token);
    expect(await closed).toMatchObject({ code: 4403 });

    await client.dispose();
    await Promise.all([one.close(), two.close()]);
    await redis.stop();
  });
});
