import { RateLimitedError } from '../../src/common/errors.js';
import { Database } from '../../src/database/database.js';
import { AuthService } from '../../src/auth/auth.service.js';
import { Passwords } from '../../src/users/passwords.service.js';
import { UsersService } from '../../src/users/users.service.js';
import { codeOf, startApp, type Answer, type TestApp } from '../support/app.js';

const USER = 'user { id email displayName timeZone idleTimeoutSeconds createdAt revision }';
const REGISTER = `mutation ($input: RegisterInput!) {
  register(input: $input) { accessToken accessTokenExpiresAt refreshToken ${USER} } }`;
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken ${USER} } }`;
const ME = '{ me { id email displayName timeZone idleTimeoutSeconds createdAt revision } }';
const UPDATE = `mutation ($input: UpdateMeInput!) {
  updateMe(input: $input) { displayName timeZone idleTimeoutSeconds revision } }`;
const LOGOUT = 'mutation ($token: String) { logout(refreshToken: $token) }';
const DELETE =
  'mutation ($password: String, $confirm: Boolean) { deleteMe(password: $password, confirm: $confirm) { kind subjectId } }';

const SECRET = 'a secret of more than thirty-two characters';
const PASSWORD = 'correct horse battery';
let count = 0;
const newEmail = () => `user${++count}@example.org`;
describe('accounts', () => {
  let server: TestApp;

  beforeAll(async () => {
    server = await startApp({ RECOLLECT_SECRET: SECRET });
  });
  afterAll(() => server.close());

  async function register(email = newEmail()) {
    const { body } = await server.graphql(REGISTER, { input: { email, password: PASSWORD } });
    return body.data.register as { accessToken: string; refreshToken: string; user: { id: string } };
  }

  function rowsOf(userId: string): Promise<{ table: string; rows: number }[]> {
    const tables = ['revisions', 'refresh_tokens', 'sessions', 'interactions', 'message_ids', 'changes'];
    const counts = tables.map(
      (table) => `select '${table}' as table, count(*)::int as rows from ${table} where user_id = $1`,
    );
    counts.push(`select 'users', count(*)::int from users where id = $1`);
    return server.app
      .get(Database)
      .ownerQuery({ name: 'test.rowsOf', text: counts.join(' union all ') }, [userId]);
  }

  it('registers and tells who one is', async () => {
    const email = newEmail();
    const input = {
      email: email.toUpperCase(),
      password: PASSWORD,
      displayName: 'Ada',
      timeZone: 'Europe/Berlin',
    };
    const { status, body } = await server.graphql(REGISTER, { input });
    expect(status).toBe(200);
    expect(body.data.register.user).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{14}7/),
      email,
      displayName: 'Ada',
      timeZone: 'Europe/Berlin',
      idleTimeoutSeconds: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
      revision: 0,
    });
    const life = Date.parse(body.data.register.accessTokenExpiresAt) - Date.now();
    expect(life).toBeGreaterThan(890_000);
    expect(life).toBeLessThanOrEqual(900_000);
    const me = await server.graphql(ME, {}, body.data.register.accessToken);
    expect(me.body.data.me).toEqual(body.data.register.user);
  });

  it('refuses an e-mail address that has an account, in any case', async () => {
    const email = newEmail();
    const input = { email, password: PASSWORD };
    const answers = await Promise.all(
      [email, email.toUpperCase(), email].map((spelt) =>
        server.graphql(REGISTER, { input: { ...input, email: spelt } }),
      ),
    );
    expect(answers.map(codeOf).sort()).toEqual(['CONFLICT', 'CONFLICT', undefined]);
  });

  it.each([
    ['email', { email: 'nobody', password: PASSWORD }],
    ['email', { email: 'nul\0@example.org', password: PASSWORD }],
    ['email', { email: 'ü@example.org', password: PASSWORD }],
    ['email', { email: 'a@exämple.org', password: PASSWORD }],
    ['email', { email: `${'a'.repeat(250)}@example.org`, password: PASSWORD }],
    ['password', { email: 'a@example.org', password: 'too short' }],
    ['password', { email: 'a@example.org', password: 'x'.repeat(257) }],
    ['password', { email: 'a@example.org', password: 'é'.repeat(129) }],
    ['password', { email: 'a@example.org', password: 'nul\0 in a password' }],
    ['displayName', { email: 'a@example.org', password: PASSWORD, displayName: '' }],
    ['displayName', { email: 'a@example.org', password: PASSWORD, displayName: '\ud800' }],
    ['timeZone', { email: 'a@example.org', password: PASSWORD, timeZone: 'Middle/Earth' }],
    ['timeZone', { email: 'a@example.org', password: PASSWORD, timeZone: '+01:00' }],
    ['timeZone', { email: 'a@example.org', password: PASSWORD, timeZone: null }],
  ])('names %s when it cannot be used (%j)', async (field, input) => {
    const answer = await server.graphql(REGISTER, { input });
    expect(codeOf(answer)).toBe('BAD_USER_INPUT');
    expect(Object.keys(answer.body.errors?.[0]?.extensions.fields)).toEqual([`input.${field}`]);
  });

  it('logs in with the e-mail address in any case, and never tells what was wrong', async () => {
    const email = newEmail();
    const { user } = await register(email);
    const good = await server.graphql(LOGIN, { input: { email: email.toUpperCase(), password: PASSWORD } });
    expect(good.body.data.login.user.id).toBe(user.id);
    const wrong = [
      { email, password: 'wrong horse battery' },
      { email: newEmail(), password: PASSWORD },
      { email: 'not an address', password: PASSWORD },
    ];
    const answers = await Promise.all(wrong.map((input) => server.graphql(LOGIN, { input })));
    expect(new Set(answers.map(codeOf))).toEqual(new Set(['UNAUTHENTICATED']));
    expect(new Set(answers.map(({ body }) => body.errors?.[0]?.message)).size).toBe(1);
  });

  it('stores neither the password nor a refresh token', async () => {
    const { user, refreshToken } = await register();
    const [row] = await server.app.get(Database).ownerQuery<{ text: string }>(
      {
        name: 'test.secrets',
        text: 'select u::text || t::text as text from users u join refresh_tokens t on t.user_id = u.id where u.id = $1',
      },
      [user.id],
    );
    expect(row?.text).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(row?.text).not.toContain(PASSWORD);
    expect(row?.text).not.toContain(refreshToken);
    expect(row?.text).not.toContain(Buffer.from(refreshToken).toString('hex'));
  });

  it('changes what is given, and only that, as one change', async () => {
    const { accessToken } = await register();
    const update = (input: object) => server.graphql(UPDATE, { input }, accessToken);
    const all = await update({ displayName: 'Ada', timeZone: 'Asia/Kolkata', idleTimeoutSeconds: 60 });
    const set = { displayName: 'Ada', timeZone: 'Asia/Kolkata', idleTimeoutSeconds: 60, revision: 1 };
    expect(all.body.data.updateMe).toEqual(set);
    expect((await update({})).body.data.updateMe).toEqual(set);
    const cleared = await update({ displayName: null, idleTimeoutSeconds: null });
    expect(cleared.body.data.updateMe).toEqual({
      ...set,
      displayName: null,
      idleTimeoutSeconds: null,
      revision: 2,
    });
    for (const [field, value] of [
      ['timeZone', null],
      ['timeZone', 'Mars'],
      ['timeZone', '-05:00'],
      ['idleTimeoutSeconds', 0],
      ['idleTimeoutSeconds', 2_592_001],
      ['displayName', 'x'.repeat(201)],
      ['displayName', 'a\0b'],
    ] as const) {
      const answer = await update({ [field]: value });
      expect(codeOf(answer)).toBe('BAD_USER_INPUT');
      expect(Object.keys(answer.body.errors?.[0]?.extensions.fields)).toEqual([`input.${field}`]);
    }
  });

  it('ends the active sessions and the sign-in on log-out, once', async () => {
    const { accessToken, refreshToken } = await register();
    for (const scope of ['', 'telegram']) {
      await server.graphql(
        'mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }',
        { input: { scope } },
        accessToken,
      );
    }
    for (let times = 0; times < 2; times++) {
      const answer = await server.graphql(LOGOUT, { token: refreshToken }, accessToken);
      expect(answer.body).toEqual({ data: { logout: true } });
    }
    const sessions = await server.graphql(
      '{ sessions(first: 10) { edges { node { active endReason } } } me { revision } }',
      {},
      accessToken,
    );
    const ended = { node: { active: false, endReason: 'LOGGED_OUT' } };
    expect(sessions.body.data).toEqual({ sessions: { edges: [ended, ended] }, me: { revision: 4 } });
    const refresh = await server.graphql(
      'mutation ($token: String!) { refreshToken(refreshToken: $token) { accessToken } }',
      { token: refreshToken },
    );
    expect(codeOf(refresh)).toBe('UNAUTHENTICATED');
  });

  it("does not revoke somebody else's sign-in", async () => {
    const [mine, theirs] = [await register(), await register()];
    await server.graphql(LOGOUT, { token: theirs.refreshToken }, mine.accessToken);
    const refresh = await server.graphql(
      'mutation ($token: String!) { refreshToken(refreshToken: $token) { user { id } } }',
      { token: theirs.refreshToken },
    );
    expect(refresh.body.data.refreshToken.user.id).toBe(theirs.user.id);
  });

  it('erases everything of a user, and of nobody else', async () => {
    const [{ accessToken, user, refreshToken }, other] = [await register(), await register()];
    for (const token of [accessToken, other.accessToken]) {
      await server.graphql(
        `mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { interaction { id } } }`,
        { input: { question: 'What stays?' } },
        token,
      );
      await server.graphql(
        `mutation ($input: AddMessageInput!) { addMessage(input: $input) { interaction { id } } }`,
        {
          input: {
            id: '0196d1c4-0000-7000-8000-000000000001',
            role: 'TOOL',
            toolName: 'clock',
            content: 'Now.',
          },
        },
        token,
      );
    }
    const before = await rowsOf(user.id);
    expect(before.filter(({ rows }) => rows === 0)).toEqual([]);

    expect(codeOf(await server.graphql(DELETE, { confirm: true }, accessToken))).toBe('BAD_USER_INPUT');
    expect(codeOf(await server.graphql(DELETE, { password: 'wrong horse battery' }, accessToken))).toBe(
      'FORBIDDEN',
    );
    expect(await rowsOf(user.id)).toEqual(before);

    const gone = await server.graphql(DELETE, { password: PASSWORD }, accessToken);
    expect(gone.body.data.deleteMe).toEqual({ kind: 'USER', subjectId: user.id });
    expect((await rowsOf(user.id)).filter(({ rows }) => rows > 0)).toEqual([]);
    expect(await rowsOf(other.user.id)).toEqual(before);
    expect(codeOf(await server.graphql(ME, {}, accessToken))).toBe('UNAUTHENTICATED');
    expect(
      codeOf(
        await server.graphql(
          'mutation ($token: String!) { refreshToken(refreshToken: $token) { accessToken } }',
          { token: refreshToken },
        ),
      ),
    ).toBe('UNAUTHENTICATED');
  });

  it('refuses the token of a user whom another process deleted', async () => {
    const second = await startApp({ DATABASE_URL: server.databaseUrl, RECOLLECT_SECRET: SECRET });
    try {
      const { accessToken } = await register();
      expect(codeOf(await second.graphql(ME, {}, accessToken))).toBeUndefined();
      await server.graphql(DELETE, { password: PASSWORD }, accessToken);
      // Reads of a user who is gone are empty, not refused, until the process has heard of it.
      const deadline = Date.now() + 2000;
      let code: unknown;
      while (code === undefined && Date.now() < deadline) {
        code = codeOf(await second.graphql('{ sessions(first: 1) { edges { cursor } } }', {}, accessToken));
      }
      expect(code).toBe('UNAUTHENTICATED');
    } finally {
      await second.close();
    }
  });

  it('lets nothing through for a deleted user where the deletion was not heard of', async () => {
    const { accessToken, user } = await register();
    // Not through the API: this process then knows no more of it than any other.
    await server.app
      .get(Database)
      .ownerQuery({ name: 'test.vanish', text: 'delete from users where id = $1' }, [user.id]);
    expect(codeOf(await server.graphql(ME, {}, accessToken))).toBe('UNAUTHENTICATED');
    const update = await server.graphql(UPDATE, { input: { displayName: 'Ghost' } }, accessToken);
    expect(codeOf(update)).toBe('UNAUTHENTICATED');
  });

  it('deletes a user who writes all the while, without a deadlock', async () => {
    const { accessToken, user } = await register();
    let done = false;
    const write = async () => {
      const codes = new Set<unknown>();
      while (!done)
        codes.add(codeOf(await server.graphql(UPDATE, { input: { displayName: 'Ada' } }, accessToken)));
      return codes;
    };
    const writers = [write(), write(), write(), write()];
    const gone = await server.graphql(DELETE, { password: PASSWORD }, accessToken);
    done = true;
    expect(gone.body.data.deleteMe.kind).toBe('USER');
    const codes = new Set((await Promise.all(writers)).flatMap((seen) => [...seen]));
    codes.delete(undefined);
    codes.delete('UNAUTHENTICATED');
    expect([...codes]).toEqual([]);
    expect((await rowsOf(user.id)).filter(({ rows }) => rows > 0)).toEqual([]);
  });

  it('has one demo user, whoever asks first', async () => {
    const users = server.app.get(UsersService);
    const ids = new Set(await Promise.all([users.demoUser(), users.demoUser(), users.demoUser()]));
    expect(ids.size).toBe(1);
    const token = await server.app.get(AuthService).issueAccessToken([...ids][0]!, 60);
    expect((await server.graphql(ME, {}, token)).body.data.me.email).toBe('demo@recollect.local');
  });
});

describe('attempts', () => {
  let server: TestApp;

  beforeAll(async () => {
    server = await startApp();
  });
  afterAll(() => server.close());

  const codesOf = ({ body }: Answer): unknown[] =>
    body.errors?.map(({ extensions }) => extensions.code) ?? [];
  const login = (email: string, password: string) => server.graphql(LOGIN, { input: { email, password } });

  it('at one account are limited, and the right password does not help then', async () => {
    const email = newEmail();
    await server.graphql(REGISTER, { input: { email, password: PASSWORD } });
    for (let times = 0; times < 12; times++) expect(codesOf(await login(email, PASSWORD))).toEqual([]);
    const guesses = await Promise.all(
      Array.from({ length: 15 }, (_, index) => login(email, `guess ${index}`)),
    );
    const codes = guesses.flatMap(codesOf);
    expect(codes.filter((code) => code === 'UNAUTHENTICATED')).toHaveLength(10);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(5);
    const right = await login(email.toUpperCase(), PASSWORD);
    expect(codesOf(right)).toEqual(['RATE_LIMITED']);
    expect(right.body.errors?.[0]?.extensions.retryAfterSeconds).toBeGreaterThan(0);
    const other = newEmail();
    await server.graphql(REGISTER, { input: { email: other, password: PASSWORD } });
    expect(codesOf(await login(other, PASSWORD))).toEqual([]);
  });

  it('from one address are counted by field, so that aliases gain nothing', async () => {
    const register = () =>
      `register(input: { email: "${newEmail()}", password: "${PASSWORD}" }) { accessToken }`;
    const tenFold = () =>
      `mutation { ${Array.from({ length: 10 }, (_, index) => `a${index}: ${register()}`).join(' ')} }`;
    const codes: unknown[] = [];
    for (let requests = 0; requests < 11; requests++) codes.push(...codesOf(await server.graphql(tenFold())));
    expect(new Set(codes)).toEqual(new Set(['RATE_LIMITED']));
  });

  it('beyond what the queue holds are refused at once, and the rest is done', async () => {
    const passwords = server.app.get(Passwords);
    const results = await Promise.allSettled(Array.from({ length: 110 }, () => passwords.hash(PASSWORD)));
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(8);
    expect(refused).toEqual(
      refused.map(() => ({ status: 'rejected', reason: expect.any(RateLimitedError) })),
    );
    const passwordHash = await passwords.hash(PASSWORD);
    expect(await passwords.verify(PASSWORD, passwordHash)).toBe(true);
    expect(await passwords.verify('wrong horse battery', passwordHash)).toBe(false);
    expect(await passwords.verify(PASSWORD, null)).toBe(false);
  });
});

describe('attempts through a proxy', () => {
  it.each<[string, string | undefined, unknown]>([
    ['one proxy, whatever the caller wrote before', '1', 'RATE_LIMITED'],
    ['the proxies of a network, whatever the caller wrote before', '127.0.0.0/8', 'RATE_LIMITED'],
    ['nobody', undefined, 'RATE_LIMITED'],
    ['two proxies, of which the first tells the caller', '2', 'UNAUTHENTICATED'],
  ])('are counted by the address that is told by %s', async (_, proxies, code) => {
    const server = await startApp({ TRUST_PROXY: proxies });
    try {
      const input = { email: newEmail(), password: PASSWORD };
      let last: unknown;
      for (let times = 0; times < 11; times++) {
        const response = await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': `192.0.2.${times}, 203.0.113.7` },
          body: JSON.stringify({ query: LOGIN, variables: { input } }),
        });
        last = ((await response.json()) as Answer['body']).errors?.[0]?.extensions.code;
      }
      expect(last).toBe(code);
    } finally {
      await server.close();
    }
  });
});

describe('without local accounts', () => {
  let server: TestApp;

  beforeAll(async () => {
    server = await startApp({ LOCAL_ACCOUNTS: 'false' });
  });
  afterAll(() => server.close());

  it('nobody registers or logs in', async () => {
    const input = { email: 'a@example.org', password: PASSWORD };
    expect(codeOf(await server.graphql(REGISTER, { input }))).toBe('FORBIDDEN');
    expect(codeOf(await server.graphql(LOGIN, { input }))).toBe('FORBIDDEN');
  });
});
