import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { createDirectory } from '../support/database.js';
import { connectTo, postmasterPid } from './embedded.js';
import { RECENT, RECORD, graphql, launchService, register, startService } from './service.js';

describe('starting and stopping', () => {
  let directory: ReturnType<typeof createDirectory>;

  beforeEach(() => (directory = createDirectory()));
  afterEach(() => directory.remove());

  it('SIGTERM finishes what is in flight, closes sockets with 1001, stops PostgreSQL, exits 0 within 5 s', async () => {
    const service = await startService({ DATA_DIR: directory.path });
    const { token, userId } = await register(service.url);
    const { closed } = await subscribe(service.url, token);

    // Holding the user's lock keeps a write in flight; the read before it leaves an idle connection behind.
    await graphql(service.url, RECENT, {}, token);
    const locker = await connectTo(directory.path);
    locker.on('error', () => {});
    await locker.query('begin');
    await locker.query('select from revisions where user_id = $1 for update', [userId]);
    const input = { question: 'Do I still get through?', answer: 'Yes.' };
    const inFlight = graphql(service.url, RECORD, { input }, token);
    const waiting = `select from pg_locks where not granted`;
    while ((await locker.query(waiting)).rowCount === 0) await wait(10);

    const ended = service.end('SIGTERM');
    while (await listens(service.url)) await wait(10);
    await locker.query('commit');
    const { data } = await inFlight;
    expect(data.recordInteraction.interaction.id).toEqual(expect.any(String));
    expect(await closed).toBe(1001);
    const { code, milliseconds } = await ended;
    expect(service.errors()).toBe('');
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(5000);
    expect(postmasterPid(directory.path)).toBeUndefined();
  });

  it('SIGINT while it starts stops it cleanly', async () => {
    const { service } = launchService({ DATA_DIR: directory.path });
    while (!existsSync(join(directory.path, 'recollect.lock'))) await wait(10);
    service.process.kill('SIGINT');
    const { code } = await service.end('SIGINT'); // Twice, as a terminal and npm send it.
    expect(code).toBe(0);
    expect(postmasterPid(directory.path)).toBeUndefined();
  });

  it('a second start on the same data directory says so in one sentence', async () => {
    const service = await startService({ DATA_DIR: directory.path });
    const second = await startService({ DATA_DIR: directory.path });
    expect(second.errors()).toMatch(
      /^Recollect did not start: Another Recollect \(process \d+\) already runs on \S+: .+\.\n$/,
    );
    expect(second.process.exitCode).toBe(1);
    await service.end('SIGTERM');
  });

  it.each([
    ['a variable is wrong', { PORT: 'many' }, /PORT must be a whole number/],
    [
      'the data directory cannot be',
      { DATA_DIR: '/proc/x' },
      /DATA_DIR \/proc\/x cannot be created \(ENOENT\)/,
    ],
    [
      'the database is not there',
      { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
      /does not answer at 127/,
    ],
    ['production has no secret', { NODE_ENV: 'production' }, /RECOLLECT_SECRET is required/],
  ])('says what is wrong when %s', async (_, environment, sentence) => {
    const service = await startService({ DATA_DIR: directory.path, ...environment });
    expect(service.errors()).toMatch(/^Recollect did not start: .+/);
    expect(service.errors()).toMatch(sentence);
    expect(service.errors()).not.toMatch(/^ +at /m);
    expect(service.process.exitCode).toBe(1);
  });
});

async function listens(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Watches as a client would, until it is closed: with which code. */
async function subscribe(url: string, token: string): Promise<{ closed: Promise<number> }> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  const connected = new Promise<void>((resolve) => client.on('connected', () => resolve()));
  const closed = new Promise<number>((resolve) =>
    client.on('closed', (event) => resolve((event as { code: number }).code)),
  );
  client.subscribe(
    { query: 'subscription { changes(after: 0) { revision } }' },
    { next: () => undefined, error: () => undefined, complete: () => undefined },
  );
  await connected;
  return { closed };
}
