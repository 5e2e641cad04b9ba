import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { WebSocket } from 'ws';
import { AuthService } from '../../src/auth/auth.service.js';
import { LiveService } from '../../src/live/live.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { openSocket, until } from '../support/sockets.js';

const CHANGES = 'subscription { changes(after: 0) { revision } }';
const FIELDS = ' id question answer status error rating occurredAt ';

let app: TestApp;
let token: string;
let userId: string;

beforeAll(async () => {
  app = await startApp();
  ({ token, userId } = await app.register());
});
afterAll(() => app.close());
afterEach(async () => {
  const { counters } = app.app.get(LiveService);
  await until(() => counters.sockets === 0);
  expect(counters.subscriptions).toBe(0);
  expect((await app.graphql('{ __typename }')).status).toBe(200);
});

/** What the server says to a request for an upgrade. */
async function upgrade(path: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(app.wsUrl.replace('/graphql', path), 'graphql-transport-ws', { headers });
  socket.on('error', () => undefined);
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode!));
  });
  socket.terminate();
  return status;
}

async function refusal(query: string, extra: object = {}) {
  const { socket, subscribe, answer } = await openSocket(app.wsUrl, token);
  subscribe(query, extra);
  const { payload } = await answer('error', '1');
  socket.terminate();
  return payload;
}

describe('an upgrade', () => {
  it('to another path is answered 404, and its reset harms nobody', async () => {
    expect(await upgrade('/elsewhere')).toBe(404);
    expect(await upgrade('//')).toBe(404);
    const { port } = new URL(app.url);
    for (const target of ['/elsewhere', '//', '/graphql', 'http://[', '*']) {
      const socket = connectTcp(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
      socket.resetAndDestroy();
      await once(socket, 'close');
    }
  });

  it('is for pages of allowed origins, of our own, and for what is no browser', async () => {
    const { host } = new URL(app.url);
    expect(await upgrade('/graphql')).toBe(101);
    expect(await upgrade('/graphql?x=1', { origin: 'http://localhost:5173' })).toBe(101);
    expect(await upgrade('/graphql', { origin: `http://${host}` })).toBe(101);
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', '']) {
      expect(await upgrade('/graphql', { origin })).toBe(403);
    }
  });

  it('needs the protocol graphql-transport-ws', async () => {
    const socket = new WebSocket(app.wsUrl);
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(4406);
  });
});

describe('signing in', () => {
  it.each([
    ['nobody', {}, 4401],
    ['no token', { payload: {} }, 4401],
    ['a token that is no text', { payload: { authorization: { a: 1 } } }, 4401],
    ['garbage', { payload: { authorization: 'Bearer garbage' } }, 4403],
    ['another scheme', { payload: { authorization: 'Basic Zm9vOmJhcg==' } }, 4403],
  ])('is refused for %s', async (_, message, code) => {
    const { send, closed } = await openSocket(app.wsUrl);
    send({ type: 'connection_init', ...message });
    expect(await closed).toMatchObject({ code });
  });

  it('is refused with a token that has ended', async () => {
    const ended = await app.app.get(AuthService).issueAccessToken(userId, -60);
    const { send, closed } = await openSocket(app.wsUrl);
    send({ type: 'connection_init', payload: { Authorization: `Bearer ${ended}` } });
    expect(await closed).toMatchObject({ code: 4403 });
  });

  it('comes before subscribing, and once', async () => {
    const early = await openSocket(app.wsUrl);
    early.subscribe(CHANGES);
    expect(await early.closed).toMatchObject({ code: 4401 });
    const twice = await openSocket(app.wsUrl, token);
    twice.send({ type: 'connection_init', payload: {} });
    expect(await twice.closed).toMatchObject({ code: 4429 });
  });
});

describe('limits', () => {
  it('a message of more than 1 MiB ends the socket', async () => {
    const { send, closed } = await openSocket(app.wsUrl, token);
    send({
      id: '1',
      type: 'subscribe',
      payload: { query: CHANGES, variables: { x: 'x'.repeat(1024 * 1024) } },
    });
    expect(await closed).toMatchObject({ code: 1009 });
  });

  it.each(['', 'no json', '[]', '{"type":"unknown"}', '{"type":"subscribe"}'])('so does %j', async (text) => {
    const { send, closed } = await openSocket(app.wsUrl, token);
    send(text);
    expect(await closed).toMatchObject({ code: 4400 });
  });

  it('only subscriptions are served', async () => {
    for (const query of ['{ me { id } }', 'mutation { logout }']) {
      const [error] = await refusal(query);
      expect(error.extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('the rules of HTTP hold', async () => {
    const fields = (count: number, field: string) =>
      `subscription { changes(after: 0) { ${Array.from({ length: count }, (_, index) => field.replace('#', String(index))).join(' ')} } }`;
    const nested = (times: number, size: number) =>
      `subscription { changes(after: 0) { ${`session { interactions(first: ${size}) { edges { node { `.repeat(times)} id ${'} } } } '.repeat(times)} } }`;
    for (const [query, message] of [
      [fields(31, 'a#: revision'), /Aliases limit of 30/],
      [fields(1200, 'revision'), /selects 1201 fields/],
      [fields(2000, 'revision'), /more that 2000 tokens/],
      [fields(1, `revision ${'@include(if: true) '.repeat(10)}`), /Directives limit of 9/],
      [nested(3, 1), /depth limit of 12 exceeded/],
      [nested(2, 100).replace(' id ', FIELDS), /at most 50000 are allowed/],
      ['subscription { changes(after: 0) { nothing } }', /Cannot query field "nothing"/],
      [
        'subscription { changes(after: 0) { revision } sessionChanged { revision } }',
        /only one top level field/,
      ],
      ['subscription {', /Syntax Error/],
      [`subscription { changes(after: ${'['.repeat(50_000)}) }`, /nested too deeply/],
      [
        'subscription ($skip: Boolean!) { changes @skip(if: $skip) { revision } }',
        /not provided a runtime value/,
      ],
      ['subscription A { changes { revision } } subscription B { changes { revision } }', /Name which/],
    ] as const) {
      const errors = await refusal(query);
      expect(errors.map((error: Error) => error.message)).toContainEqual(expect.stringMatching(message));
      for (const error of errors) expect(error.extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('wrong arguments name their field', async () => {
    const query = 'subscription ($after: Revision) { changes(after: $after) { revision } }';
    const [error] = await refusal(query, { variables: { after: -1 } });
    expect(error.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { after: [expect.any(String)] },
    });
  });

  it('a socket has at most 100 subscriptions, each with an id of reasonable length', async () => {
    const { socket, subscribe, answer, messages, closed } = await openSocket(app.wsUrl, token);
    for (let index = 0; index < 101; index++) subscribe(CHANGES, {}, `s${index}`);
    expect((await answer('error')).id).toBe('s100');
    expect(messages.filter(({ type }) => type === 'error')).toHaveLength(1);
    subscribe(CHANGES, {}, 'x'.repeat(129));
    expect(await closed).toMatchObject({ code: 4400 });
    socket.terminate();
  });

  it('a user has at most 200 sockets', async () => {
    const sockets = [];
    for (let index = 0; index < 200; index++) sockets.push(await openSocket(app.wsUrl, token));
    const { send, closed } = await openSocket(app.wsUrl);
    send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect(await closed).toMatchObject({ code: 1013 });
    for (const { socket } of sockets) socket.terminate();
  });

  it('one who asks and does not read is not listened to', async () => {
    const { socket, send } = await openSocket(app.wsUrl, token);
    socket.pause();
    const before = process.memoryUsage().arrayBuffers;
    const payload = { text: 'x'.repeat(512 * 1024) };
    for (let index = 0; index < 100; index++) send({ type: 'ping', payload });
    // What is not taken stays with the sender: half of what is in this process is the test's own.
    let buffered = Infinity;
    await until(() => {
      const settled = socket.bufferedAmount === buffered;
      buffered = socket.bufferedAmount;
      return settled;
    });
    expect(buffered).toBeGreaterThan(10 * 1024 * 1024);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(90 * 1024 * 1024);
    socket.terminate();
  });
});

describe('completing', () => {
  it('ends a subscription at once, also one that is just starting', async () => {
    const { counters } = app.app.get(LiveService);
    const { socket, subscribe, send, messages } = await openSocket(app.wsUrl, token);
    subscribe(CHANGES, {}, 'early');
    send({ id: 'early', type: 'complete' });
    subscribe(CHANGES, {}, 'late');
    await until(() => counters.subscriptions === 1);
    send({ id: 'late', type: 'complete' });
    await until(() => counters.subscriptions === 0);
    await app.graphql(
      'mutation { recordInteraction(input: { question: "Anybody?" }) { interaction { id } } }',
      {},
      token,
    );
    send({ type: 'ping' });
    await until(() => messages.some(({ type }) => type === 'pong'));
    expect(messages.filter(({ type }) => type === 'next')).toEqual([]);
    socket.terminate();
  });
});
