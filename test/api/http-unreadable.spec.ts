import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { AuthService } from '../../src/auth/auth.service.js';
import { MAX_STRANGERS_BODY_BYTES } from '../../src/graphql/caller.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
beforeAll(async () => {
  server = await startApp({ REQUEST_TIMEOUT_SECONDS: '1' });
});
afterAll(() => server.close());

/** What the server says to these bytes, until it closes the connection. */
async function exchange(bytes: string): Promise<{ status: number; head: string; body: any }> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(bytes);
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body: JSON.parse(body) };
}

const post = (headers: Record<string, string | number>, body = '') => {
  const lines = Object.entries({ host: 'x', 'content-type': 'application/json', ...headers });
  return `POST /graphql HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n${body}`;
};
const refusal = (code: string) => ({ errors: [{ message: expect.any(String), extensions: { code } }] });

describe('what cannot be read', () => {
  it.each([
    [
      'a URL with a broken escape',
      'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      400,
      'BAD_USER_INPUT',
    ],
    [
      'the API under such a URL',
      'GET /graphql%c3 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      400,
      'BAD_USER_INPUT',
    ],
    ['what is no HTTP', 'HELO\r\n\r\n', 400, 'BAD_USER_INPUT'],
    [
      'headers too large',
      `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'PAYLOAD_TOO_LARGE',
    ],
  ])('%s is refused in the shape of GraphQL', async (_, bytes, status, code) => {
    const answer = await exchange(bytes);
    expect(answer).toEqual({ status, head: expect.stringContaining('nosniff'), body: refusal(code) });
  });

  it.each([
    ['headers', 'POST /graphql HTTP/1.1\r\nhost: x\r\n'],
    ['a body', post({ 'content-length': 100 }, '{"query":')],
    ['a body in chunks', post({ 'transfer-encoding': 'chunked' }, '9\r\n{"query":\r\n')],
  ])('%s that stop coming are waited for so long and no longer', async (_, bytes) => {
    const { status, body } = await exchange(bytes);
    expect({ status, body }).toEqual({ status: 408, body: refusal('BAD_USER_INPUT') });
  });
});

describe('a large body of a stranger', () => {
  const length = MAX_STRANGERS_BODY_BYTES + 1;
  const query = `{ __typename } # ${'x'.repeat(length)}`;
  const inChunks = (body: string) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([body]).stream(),
      duplex: 'half',
    });

  it('is refused before it has arrived', async () => {
    const { status, body } = await exchange(post({ 'content-length': length }));
    expect({ status, body }).toEqual({ status: 413, body: refusal('PAYLOAD_TOO_LARGE') });
  });

  it('is refused where it becomes too large, when its length is not told', async () => {
    const response = await inChunks(JSON.stringify({ query }));
    expect([response.status, await response.json()]).toEqual([413, refusal('PAYLOAD_TOO_LARGE')]);
  });

  it('with a token that has expired is refused for that, whatever its length', async () => {
    const { userId } = await server.register();
    const ended = await server.app.get(AuthService).issueAccessToken(userId, -60);
    const headers = {
      authorization: `Bearer ${ended}`,
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-length': length,
    };
    const { status, head, body } = await exchange(post(headers));
    expect({ status, body }).toEqual({ status: 401, body: refusal('UNAUTHENTICATED') });
    expect(head).toContain('content-type: application/graphql-response+json');
  });

  it('is one of somebody who has signed in', async () => {
    const { token } = await server.register();
    expect((await server.graphql(query, {}, token)).status).toBe(200);
    const small = await inChunks('{"query":"{ __typename }"}');
    expect([small.status, await small.json()]).toEqual([200, { data: { __typename: 'Query' } }]);
  });
});
