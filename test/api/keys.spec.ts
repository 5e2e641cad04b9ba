import { createHash } from 'node:crypto';
import { execute } from '../support/database.js';
import { codeOf, startApp, type Answer, type TestApp } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';
import { openSocket } from '../support/sockets.js';

const ME = '{ me { id email } }';
const KEYS = '{ serviceKeys { id name scopes ratePerMinute createdAt expiresAt lastUsedAt } }';
const CREATE = `mutation ($input: CreateServiceKeyInput!) { createServiceKey(input: $input) { key } }`;
const REVOKE = 'mutation ($id: UUID!) { revokeServiceKey(id: $id) }';
const RECORD = `mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) {
  interaction { id sequence } session { id scope } } }`;
const RECENT = '{ recentInteractions { question } }';

const messageOf = (answer: Answer): string | undefined => answer.body.errors?.[0]?.message;
const questions = (answer: Answer): string[] =>
  answer.body.data.recentInteractions.map(({ question }: { question: string }) => question);

let server: TestApp;
let owner: { token: string; userId: string };

beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());
beforeEach(async () => {
  owner = await server.register();
});

describe('a service key', () => {
  it('is shown once, and stored as a digest alone', async () => {
    const { key, id } = await server.createKey(owner.token, { name: 'telegram bot' });
    expect(key).toMatch(/^rk_[0-9a-f]{32}_[\w-]{43}$/);
    expect(key).toContain(id.replaceAll('-', ''));
    const answer = await server.graphql(KEYS, {}, owner.token);
    expect(answer.body.data.serviceKeys).toEqual([
      {
        id,
        name: 'telegram bot',
        scopes: ['READ', 'WRITE'],
        ratePerMinute: 6000,
        createdAt: expect.any(String),
        expiresAt: null,
        lastUsedAt: null,
      },
    ]);
    const rows = await execute(server.databaseUrl, 'select * from service_keys where id = $1', [id]);
    expect(rows).toMatchObject([{ key_hash: createHash('sha256').update(key).digest() }]);
    expect(JSON.stringify(rows)).not.toContain(key.slice(36));
  });

  it('acts for who created it', async () => {
    const { key } = await server.createKey(owner.token);
    expect((await server.graphql(ME, {}, key)).body.data.me.id).toBe(owner.userId);
    await server.graphql(RECORD, { input: { question: 'by the bot' } }, key);
    expect(questions(await server.graphql(RECENT, {}, owner.token))).toEqual(['by the bot']);
  });

  it('takes one look-up when it is new, and none while it is remembered', async () => {
    const { key } = await server.createKey(owner.token);
    const asked = async () =>
      (await server.statements(() => server.graphql(ME, {}, key, 'telegram:1'))).map(({ name }) => name);
    expect(await asked()).toEqual(
      expect.arrayContaining(['service_key_of', 'user_of_identity', 'user_of_new_identity']),
    );
    expect(await asked()).toEqual(['user_by_id']);
  });

  it('tells when it was last used, and writes so once a minute', async () => {
    const { key } = await server.createKey(owner.token);
    const sent = await server.statements(async () => {
      for (let times = 0; times < 5; times++) await server.graphql(ME, {}, key);
      const lastUse = async () =>
        (await server.graphql(KEYS, {}, owner.token)).body.data.serviceKeys[0].lastUsedAt;
      let used: string | null = null;
      while (used === null) used = await lastUse();
      expect(Math.abs(Date.parse(used) - Date.now())).toBeLessThan(60_000);
    });
    expect(sent.filter(({ name }) => name === 'note_use_of_service_key')).toHaveLength(1);
  });

  it.each([
    ['no scope', { scopes: [] }, 'input.scopes'],
    ['a scope twice', { scopes: ['READ', 'READ'] }, 'input.scopes'],
    ['no name', { name: '' }, 'input.name'],
    ['no rate', { ratePerMinute: 0 }, 'input.ratePerMinute'],
    ['too high a rate', { ratePerMinute: 100_001 }, 'input.ratePerMinute'],
    ['an end in the past', { expiresAt: new Date().toISOString() }, 'input.expiresAt'],
  ])('is refused with %s', async (_, input, path) => {
    const answer = await server.graphql(
      CREATE,
      { input: { name: 'x', scopes: ['READ'], ...input } },
      owner.token,
    );
    expect(codeOf(answer)).toBe('BAD_USER_INPUT');
    expect(Object.keys(answer.body.errors![0]!.extensions.fields)).toEqual([path]);
  });

  it('is refused from the moment it expires', async () => {
    const expiresAt = new Date(Date.now() + 700);
    const { key } = await server.createKey(owner.token, { expiresAt: expiresAt.toISOString() });
    const codes: unknown[] = [];
    while (Date.now() <= expiresAt.getTime()) codes.push(codeOf(await server.graphql(ME, {}, key)));
    expect(codes[0]).toBeUndefined();
    expect(codeOf(await server.graphql(ME, {}, key))).toBe('UNAUTHENTICATED');
  });

  it('is one of a hundred at the most', async () => {
    await execute(
      server.databaseUrl,
      `insert into service_keys (user_id, id, name, key_hash, scopes, rate_per_minute)
       select $1, gen_random_uuid(), 'x', sha256(gen_random_uuid()::text::bytea), '{READ}', 1
       from generate_series(1, 100)`,
      [owner.userId],
    );
    const answer = await server.graphql(CREATE, { input: { name: 'x', scopes: ['READ'] } }, owner.token);
    expect(codeOf(answer)).toBe('CONFLICT');
  });

  it('that is not one is refused', async () => {
    const { key } = await server.createKey(owner.token);
    const wrong = [
      `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`,
      key.slice(0, -1),
      `${key}A`,
      key.toUpperCase(),
      'rk_',
      `rk_${'0'.repeat(32)}_${'A'.repeat(43)}`,
      `rk_${'x'.repeat(100_000)}`.slice(0, 12_000),
    ];
    for (const token of wrong) expect(codeOf(await server.graphql(ME, {}, token))).toBe('UNAUTHENTICATED');
  });
});

describe('scopes', () => {
  it('decide by kind of operation, and the refusal names what is missing', async () => {
    const reader = await server.createKey(owner.token, { scopes: ['READ'] });
    const writer = await server.createKey(owner.token, { scopes: ['WRITE'] });
    const input = { question: 'x' };
    const refused = await server.graphql(RECORD, { input }, reader.key);
    expect([codeOf(refused), messageOf(refused)]).toEqual([
      'FORBIDDEN',
      'The service key lacks the scope WRITE.',
    ]);
    expect((await server.graphql(RECORD, { input }, writer.key)).body.errors).toBeUndefined();
    const unread = await server.graphql(RECENT, {}, writer.key);
    expect([codeOf(unread), messageOf(unread)]).toEqual([
      'FORBIDDEN',
      'The service key lacks the scope READ.',
    ]);
    expect(questions(await server.graphql(RECENT, {}, reader.key))).toEqual(['x']);
  });

  it('hold for subscriptions too', async () => {
    const { key } = await server.createKey(owner.token, { scopes: ['WRITE'] });
    const socket = await openSocket(server.wsUrl, key);
    socket.subscribe('subscription { changes { revision } }');
    const { payload } = await socket.answer('next', '1');
    expect(payload.errors[0].extensions.code).toBe('FORBIDDEN');
    socket.socket.terminate();
  });

  it('open nothing of the account', async () => {
    const { key, id } = await server.createKey(owner.token, { scopes: ['READ', 'WRITE'] });
    for (const operation of [
      KEYS,
      'mutation { createServiceKey(input: { name: "more", scopes: [READ] }) { key } }',
      `mutation { revokeServiceKey(id: "${id}") }`,
      'mutation { deleteMe(confirm: true) { at } }',
      'mutation { logout }',
      'mutation { login(input: { email: "a@example.org", password: "correct horse battery" }) { accessToken } }',
    ]) {
      expect(codeOf(await server.graphql(operation, {}, key))).toBe('FORBIDDEN');
    }
  });
});

it('gives ADMIN to no key of who is no administrator', async () => {
  const answer = await server.graphql(
    CREATE,
    { input: { name: 'x', scopes: ['READ', 'ADMIN'] } },
    owner.token,
  );
  expect(codeOf(answer)).toBe('FORBIDDEN');
});

describe('the rate of a key', () => {
  it('counts root fields, so that aliases gain nothing, and other keys are free', async () => {
    const { key } = await server.createKey(owner.token, { ratePerMinute: 5 });
    const fields = Array.from({ length: 7 }, (_, index) => `a${index}: me { id }`).join(' ');
    const { body } = await server.graphql(`{ ${fields} }`, {}, key);
    const codes = body.errors!.map(({ extensions }) => extensions.code);
    expect(codes).toContain('RATE_LIMITED');
    const again = await server.graphql(ME, {}, key);
    expect(codeOf(again)).toBe('RATE_LIMITED');
    const { message, extensions } = again.body.errors![0]!;
    expect(extensions.retryAfterSeconds).toBeGreaterThan(0);
    expect(message).toBe(
      `The service key may run 5 root fields a minute; try again in ${extensions.retryAfterSeconds} s.`,
    );
    const other = await server.createKey(owner.token, { ratePerMinute: 5 });
    for (let times = 0; times < 5; times++) {
      expect(codeOf(await server.graphql(ME, {}, other.key))).toBeUndefined();
    }
    expect(codeOf(await server.graphql(ME, {}, other.key))).toBe('RATE_LIMITED');
  });

  it('counts those who come for the first time, so that made-up names are limited', async () => {
    const { key } = await server.createKey(owner.token, { ratePerMinute: 10 });
    const made = Array.from({ length: 20 }, (_, index) => server.graphql(ME, {}, key, `telegram:${index}`));
    const codes = (await Promise.all(made)).map(codeOf);
    expect(codes.filter((code) => code === 'RATE_LIMITED').length).toBeGreaterThanOrEqual(10);
    const [{ users }] = (await execute(
      server.databaseUrl,
      'select count(*)::integer as users from users where application_id = $1',
      [owner.userId],
    )) as [{ users: number }];
    expect(users).toBeLessThanOrEqual(10);
  });
});

describe('limits in Redis', () => {
  let redis: RedisServer;
  let processes: [TestApp, TestApp];

  beforeAll(async () => {
    redis = new RedisServer();
    const settings = {
      DATABASE_URL: server.databaseUrl,
      RECOLLECT_SECRET: 'a secret that all processes know',
      REDIS_URL: await redis.start(),
    };
    processes = await Promise.all([startApp(settings), startApp(settings)]);
  });
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.close()));
    await redis.stop();
  });

  /** Asks so many times at one process, one after the other; the codes of the answers. */
  async function ask(at: TestApp, key: string, times: number): Promise<unknown[]> {
    const codes: unknown[] = [];
    while (codes.length < times) codes.push(codeOf(await at.graphql(ME, {}, key)));
    return codes;
  }
  const fine = (times: number) => Array.from({ length: times }, () => undefined);

  it('are of all processes together, and of each key', async () => {
    const [first, second] = processes;
    const user = await first.register();
    const { key } = await first.createKey(user.token, { ratePerMinute: 6 });
    expect(await ask(first, key, 4)).toEqual(fine(4));
    expect(await ask(second, key, 4)).toEqual([...fine(2), 'RATE_LIMITED', 'RATE_LIMITED']);
    const refused = await first.graphql(ME, {}, key);
    const { code, retryAfterSeconds } = refused.body.errors![0]!.extensions;
    expect(code).toBe('RATE_LIMITED');
    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    const other = await first.createKey(user.token, { ratePerMinute: 6 });
    expect(await ask(second, other.key, 6)).toEqual(fine(6));
  });

  it('hold in each process alone while Redis is away', async () => {
    const [first, second] = processes;
    const user = await first.register();
    const { key } = await first.createKey(user.token, { ratePerMinute: 3 });
    expect(await ask(first, key, 1)).toEqual(fine(1));
    await redis.stop();
    try {
      for (const one of [first, second]) expect(await ask(one, key, 4)).toEqual([...fine(3), 'RATE_LIMITED']);
    } finally {
      await redis.start();
    }
  });
});

describe('X-Recollect-User', () => {
  const LOG = '{ changes(after: 0) { changes { interaction { question } } } }';
  const said = async (key: string, actsFor?: string): Promise<string[]> => {
    const { changes } = (await server.graphql(LOG, {}, key, actsFor)).body.data.changes;
    return changes.flatMap(({ interaction }: any) => interaction?.question ?? []);
  };
  const me = async (key: string, actsFor: string) =>
    (await server.graphql(ME, {}, key, actsFor)).body.data.me.id;

  it('finds or creates a user of the key’s owner, one for all keys of the owner', async () => {
    const one = await server.createKey(owner.token);
    const other = await server.createKey(owner.token);
    const ids = await Promise.all(Array.from({ length: 12 }, () => me(one.key, 'telegram:12345')));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).not.toBe(owner.userId);
    expect(await me(other.key, 'telegram:12345')).toBe(ids[0]);
    expect(await me(one.key, 'telegram:12346')).not.toBe(ids[0]);
    expect(await me(one.key, 'discord:12345')).not.toBe(ids[0]);
  });

  it('of two owners means two users, who see nothing of each other or of the owners', async () => {
    const stranger = await server.register();
    const mine = await server.createKey(owner.token);
    const theirs = await server.createKey(stranger.token);
    await server.graphql(RECORD, { input: { question: 'to the one bot' } }, mine.key, 'telegram:12345');
    await server.graphql(RECORD, { input: { question: 'to the other bot' } }, theirs.key, 'telegram:12345');
    await server.graphql(RECORD, { input: { question: 'of the owner' } }, owner.token);
    expect(await said(mine.key, 'telegram:12345')).toEqual(['to the one bot']);
    expect(await said(theirs.key, 'telegram:12345')).toEqual(['to the other bot']);
    expect(await said(mine.key)).toEqual(['of the owner']);
    expect(await said(mine.key, 'telegram:54321')).toEqual([]);
  });

  it.each([
    '',
    'telegram',
    'telegram:',
    ':12345',
    'Telegram:12345',
    'telegram:1, telegram:2',
    `telegram:${'x'.repeat(201)}`,
  ])('of another form is refused: %p', async (actsFor) => {
    const { key } = await server.createKey(owner.token);
    expect(codeOf(await server.graphql(ME, {}, key, actsFor))).toBe('BAD_USER_INPUT');
  });

  it('is refused without a service key, instead of being passed over', async () => {
    expect(codeOf(await server.graphql(ME, {}, owner.token, 'telegram:12345'))).toBe('FORBIDDEN');
    expect(codeOf(await server.graphql(ME, {}, undefined, 'telegram:12345'))).toBe('UNAUTHENTICATED');
  });

  it('holds on a socket, whatever is sent for it', async () => {
    const { key } = await server.createKey(owner.token);
    const socket = await openSocket(server.wsUrl, key, { actsFor: 'telegram:12345' });
    socket.subscribe('subscription { interactionAdded(after: 0) { interaction { question } } }');
    await server.graphql(RECORD, { input: { question: 'of the owner' } }, owner.token);
    await server.graphql(RECORD, { input: { question: 'of the person' } }, key, 'telegram:12345');
    const { payload } = await socket.answer('next', '1');
    expect(payload.data.interactionAdded.interaction.question).toBe('of the person');
    socket.socket.terminate();
    for (const actsFor of ['nonsense', 5, null, {}]) {
      const refused = await openSocket(server.wsUrl);
      refused.send({
        type: 'connection_init',
        payload: { authorization: `Bearer ${key}`, 'X-Recollect-User': actsFor },
      });
      expect((await refused.closed).code).toBe(4403);
    }
  });
});

describe('a key that is revoked', () => {
  it('is refused at once, with its open sockets closed for good and those of others open', async () => {
    const { key, id } = await server.createKey(owner.token);
    const other = await server.createKey(owner.token);
    const sockets = await Promise.all([
      openSocket(server.wsUrl, key),
      openSocket(server.wsUrl, key, { actsFor: 'telegram:1' }),
    ]);
    const stays = await openSocket(server.wsUrl, other.key);
    expect(codeOf(await server.graphql(ME, {}, key))).toBeUndefined();
    expect((await server.graphql(REVOKE, { id }, owner.token)).body.data.revokeServiceKey).toBe(id);
    expect(codeOf(await server.graphql(ME, {}, key))).toBe('UNAUTHENTICATED');
    expect(codeOf(await server.graphql(ME, {}, key, 'telegram:1'))).toBe('UNAUTHENTICATED');
    for (const { closed } of sockets) expect((await closed).code).toBe(4401);
    stays.subscribe('subscription { changes(after: 0) { revision } }');
    await server.graphql(RECORD, { input: { question: 'x' } }, other.key);
    await stays.answer('next', '1');
    stays.socket.terminate();
    expect(codeOf(await server.graphql(REVOKE, { id }, owner.token))).toBe('NOT_FOUND');
  });

  it.each(['PostgreSQL', 'Redis'])('is shut out of other processes, told over %s', async (carrier) => {
    const redis = carrier === 'Redis' ? new RedisServer() : undefined;
    const settings = {
      DATABASE_URL: server.databaseUrl,
      RECOLLECT_SECRET: 'a secret that all processes know',
      REDIS_URL: await redis?.start(),
    };
    const [first, second] = await Promise.all([startApp(settings), startApp(settings)]);
    try {
      const user = await first.register();
      const { key, id } = await first.createKey(user.token);
      expect(codeOf(await second.graphql(ME, {}, key))).toBeUndefined();
      const socket = await openSocket(second.wsUrl, key);
      await first.graphql(REVOKE, { id }, user.token);
      expect((await socket.closed).code).toBe(4401);
      expect(codeOf(await second.graphql(ME, {}, key))).toBe('UNAUTHENTICATED');
    } finally {
      await Promise.all([first.close(), second.close()]);
      await redis?.stop();
    }
  });
});

describe('a deleted owner', () => {
  it('takes keys, sockets and the users that they brought with them', async () => {
    const { key } = await server.createKey(owner.token);
    await server.graphql(RECORD, { input: { question: 'x' } }, key, 'telegram:1');
    const socket = await openSocket(server.wsUrl, key, { actsFor: 'telegram:1' });
    const password = 'correct horse battery';
    const gone = await server.graphql(
      'mutation ($password: String) { deleteMe(password: $password) { kind } }',
      { password },
      owner.token,
    );
    expect(gone.body.data.deleteMe).toEqual({ kind: 'USER' });
    expect((await socket.closed).code).toBe(4403);
    expect(codeOf(await server.graphql(ME, {}, key, 'telegram:1'))).toBe('UNAUTHENTICATED');
    const left = await execute(
      server.databaseUrl,
      `select from users where id = $1 or application_id = $1
       union all select from service_keys where user_id = $1 union all select from identities where application_id = $1`,
      [owner.userId],
    );
    expect(left).toEqual([]);
  });
});
