import { randomUUID } from 'node:crypto';
import { SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { deriveKey } from '../../src/config/secret.js';
import { codeOf, startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';

const SECRET = 'a secret of more than thirty-two characters';
const ME = '{ me { id } }';
const PASSWORD = 'correct horse battery';
const REFRESH = `mutation ($token: String!) {
  refreshToken(refreshToken: $token) { accessToken refreshToken user { id } } }`;

interface Tokens {
  accessToken: string;
  refreshToken: string;
  user: { id: string };
}

let server: TestApp;

beforeAll(async () => {
  server = await startApp({ RECOLLECT_SECRET: SECRET });
});
afterAll(() => server.close());

async function register(): Promise<Tokens> {
  const { body } = await server.graphql(
    `mutation ($input: RegisterInput!) { register(input: $input) { accessToken refreshToken user { id } } }`,
    { input: { email: `${randomUUID()}@example.org`, password: PASSWORD } },
  );
  return body.data.register;
}

describe('access tokens', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const key = deriveKey(Buffer.from(SECRET), 'access-token');
  let userId: string;
  let payload: JWTPayload;

  beforeAll(async () => {
    userId = (await register()).user.id;
    payload = { iss: 'recollect', aud: 'recollect', sub: userId, iat: now(), exp: now() + 600 };
  });

  const sign = (claims: JWTPayload, secret: Uint8Array = key, alg = 'HS256') =>
    new SignJWT(claims).setProtectedHeader({ alg }).sign(secret);

  it('are taken when they are good', async () => {
    const token = await sign(payload);
    for (let times = 0; times < 2; times++) {
      expect((await server.graphql(ME, {}, token)).body.data.me.id).toBe(userId);
    }
  });

  it.each<[string, () => Promise<string> | string]>([
    ['unsigned (alg none)', () => new UnsecuredJWT(payload).encode()],
    ['signed with another key', () => sign(payload, deriveKey(Buffer.from(SECRET), 'cursor'))],
    ['signed with the secret itself', () => sign(payload, Buffer.from(SECRET))],
    ['signed with another algorithm', () => sign(payload, key, 'HS512')],
    ['for another audience', () => sign({ ...payload, aud: 'somebody else' })],
    ['without an audience', () => sign({ ...payload, aud: undefined })],
    ['of another issuer', () => sign({ ...payload, iss: 'https://issuer.example' })],
    ['without an issuer', () => sign({ ...payload, iss: undefined })],
    ['without a subject', () => sign({ ...payload, sub: undefined })],
    ['without an expiry', () => sign({ ...payload, exp: undefined })],
    ['without a time of issue', () => sign({ ...payload, iat: undefined })],
    ['issued in the future', () => sign({ ...payload, iat: now() + 60 })],
    ['issued too long ago', () => sign({ ...payload, iat: now() - 32 * 86_400 })],
    ['not valid yet', () => sign({ ...payload, nbf: now() + 60 })],
    ['expired, by a second', () => sign({ ...payload, exp: now() - 1 })],
    ['cut off', async () => (await sign(payload)).slice(0, -1)],
    ['no token at all', () => 'nonsense'],
    ['longer than any token', () => sign({ ...payload, padding: 'x'.repeat(9000) })],
  ])('are refused when %s', async (_, token) => {
    const answer = await server.graphql(ME, {}, await token());
    expect(codeOf(answer)).toBe('UNAUTHENTICATED');
  });

  it('are refused from the moment they expire, though they were taken before', async () => {
    const end = Date.now() + 500;
    const token = await sign({ ...payload, exp: end / 1000 });
    const codes: unknown[] = [];
    while (Date.now() <= end) codes.push(codeOf(await server.graphql(ME, {}, token)));
    expect(codes[0]).toBeUndefined();
    expect(codeOf(await server.graphql(ME, {}, token))).toBe('UNAUTHENTICATED');
  });

  it('that are bad do not close what is public', async () => {
    const { status, body } = await server.graphql(
      `mutation { login(input: { email: "nobody@example.org", password: "${PASSWORD}" }) { user { id } } }`,
      {},
      'nonsense',
    );
    expect(status).toBe(200);
    expect(body.errors?.[0]?.message).toBe('The e-mail address or the password is wrong.');
  });
});

describe('refresh tokens', () => {
  const refresh = async (token: string) => {
    const answer = await server.graphql(REFRESH, { token });
    const tokens = (answer.body.data?.refreshToken ?? undefined) as Tokens | undefined;
    return { code: codeOf(answer), tokens };
  };

  it('rotate: each is good once and names the same user', async () => {
    const { user, refreshToken } = await register();
    let token = refreshToken;
    for (let times = 0; times < 3; times++) {
      const { tokens } = await refresh(token);
      expect(tokens?.user.id).toBe(user.id);
      expect(tokens?.refreshToken).toMatch(/^[\w-]{43}$/);
      expect(tokens?.refreshToken).not.toBe(token);
      expect((await server.graphql(ME, {}, tokens?.accessToken)).body.data.me.id).toBe(user.id);
      token = tokens!.refreshToken;
    }
  });

  /** As if so much time had passed since every use there was. */
  const later = (seconds: number) =>
    execute(server.databaseUrl, 'update refresh_tokens set used_at = used_at - make_interval(secs => $1)', [
      seconds,
    ]);

  it('used again revoke the whole family, and no other', async () => {
    const { refreshToken: first, user } = await register();
    const second = (await refresh(first)).tokens!.refreshToken;
    const third = (await refresh(second)).tokens!.refreshToken;
    const unrelated = await register();
    expect((await refresh(first)).code).toBe('UNAUTHENTICATED');
    expect((await refresh(third)).code).toBe('UNAUTHENTICATED');
    expect((await refresh(unrelated.refreshToken)).tokens?.user.id).toBe(unrelated.user.id);
    expect(user.id).not.toBe(unrelated.user.id);
  });

  it('used by many at once give each a family member of its own', async () => {
    for (let round = 0; round < 5; round++) {
      const { user, refreshToken } = await register();
      const answers = await Promise.all(Array.from({ length: 12 }, () => refresh(refreshToken)));
      const given = answers.map(({ tokens }) => tokens?.refreshToken);
      expect(new Set(given).size).toBe(12);
      const next = await Promise.all(given.map((token) => refresh(token!)));
      expect(new Set(next.map(({ tokens }) => tokens?.user.id))).toEqual(new Set([user.id]));
      // Its successors are used: whoever still has it is no parallel call.
      expect((await refresh(refreshToken)).code).toBe('UNAUTHENTICATED');
      for (const { tokens } of next) {
        expect((await refresh(tokens!.refreshToken)).code).toBe('UNAUTHENTICATED');
      }
    }
  });

  it('used again after the grace period revoke the family, though no successor was used', async () => {
    const { refreshToken } = await register();
    const [one, two] = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    await later(10);
    expect((await refresh(refreshToken)).code).toBe('UNAUTHENTICATED');
    for (const { tokens } of [one, two]) {
      expect((await refresh(tokens!.refreshToken)).code).toBe('UNAUTHENTICATED');
    }
  });

  it('used again do not move the end of their grace period', async () => {
    const { refreshToken } = await register();
    await refresh(refreshToken);
    await later(5);
    expect((await refresh(refreshToken)).tokens).toBeDefined();
    await later(5);
    expect((await refresh(refreshToken)).code).toBe('UNAUTHENTICATED');
  });

  it('are of no use once the user has logged out, within the grace period too', async () => {
    const { refreshToken } = await register();
    const { tokens } = await refresh(refreshToken);
    const logout = 'mutation ($token: String) { logout(refreshToken: $token) }';
    await server.graphql(logout, { token: refreshToken }, tokens!.accessToken);
    expect((await refresh(refreshToken)).code).toBe('UNAUTHENTICATED');
  });

  it.each(['', 'nonsense', 'x'.repeat(43), 'x'.repeat(100_000), '\0'])(
    'are refused when unknown',
    async (token) => {
      expect((await refresh(token)).code).toBe('UNAUTHENTICATED');
    },
  );
});
