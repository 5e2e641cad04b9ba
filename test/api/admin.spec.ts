import { randomUUID } from 'node:crypto';
import type { AdminCleanup, AdminStats } from '../../src/admin/admin.model.js';
import { codeOf, startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';

const STATS = `{ adminStats {
  asOf
  users { total accounts external ofBots }
  total { sessions activeSessions interactions messages inputTokens outputTokens averageMessages averageDurationSeconds }
  byType { type sessions activeSessions messages }
  byChannel { channel sessions interactions }
  recent { sessions medianDurationSeconds p95DurationSeconds sessionsPerUserAndDay averageSecondsBetween }
  storage { bytes tables { name bytes } }
  contextCache { hits misses hitRate since } } }`;
const CLEAN_UP = `mutation { adminCleanup {
  endedSessions deletedSessions deletedChanges deletedReceipts deletedRefreshTokens deletedExportTickets deletedLinkCodes isComplete } }`;
const RECORD = `mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { session { id } } }`;
const END = 'mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }';
const START = `mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }`;

let other: TestApp;
let server: TestApp;
let admin: { token: string; userId: string };
let person: { token: string; userId: string };

beforeAll(async () => {
  const shared = {
    RECOLLECT_SECRET: randomUUID(),
    SESSION_RETENTION_DAYS: '30',
    DELETION_RECEIPT_DAYS: '30',
  };
  other = await startApp(shared);
  admin = await other.register();
  server = await startApp({
    ...shared,
    DATABASE_URL: other.databaseUrl,
    ADMIN_USERS: `${randomUUID()}, ${admin.userId.toUpperCase()}`,
  });
  person = await server.register();
});
afterAll(async () => {
  await server.close();
  await other.close();
});

const sql = (text: string, values: unknown[] = []) => execute(server.databaseUrl, text, values);
const cleanUp = async (): Promise<AdminCleanup> =>
  (await server.graphql(CLEAN_UP, {}, admin.token)).body.data.adminCleanup;
const start = async (input: object): Promise<string> =>
  (await server.graphql(START, { input }, person.token)).body.data.startSession.id;

describe('an administrator', () => {
  it('is who ADMIN_USERS names', async () => {
    const role = async (token: string, app = server) =>
      (await app.graphql('{ me { role } }', {}, token)).body.data.me.role;
    expect(await role(admin.token)).toBe('ADMIN');
    expect(await role(person.token)).toBe('USER');
    expect(await role(admin.token, other)).toBe('USER');
  });

  it('alone sees and does what is for operators', async () => {
    for (const operation of [STATS, CLEAN_UP]) {
      expect(codeOf(await server.graphql(operation, {}, admin.token))).toBeUndefined();
      expect(codeOf(await server.graphql(operation, {}, person.token))).toBe('FORBIDDEN');
      expect(codeOf(await other.graphql(operation, {}, admin.token))).toBe('FORBIDDEN');
      expect(codeOf(await server.graphql(operation))).toBe('UNAUTHENTICATED');
    }
  });

  it('lends that to a key by the scope ADMIN alone, and to nobody whom the key acts for', async () => {
    const keyOf = async (...scopes: string[]) => (await server.createKey(admin.token, { scopes })).key;
    const key = await keyOf('ADMIN');
    const usual = await keyOf('READ', 'WRITE');
    for (const operation of [STATS, CLEAN_UP]) {
      expect(codeOf(await server.graphql(operation, {}, key))).toBeUndefined();
      expect(codeOf(await server.graphql(operation, {}, usual))).toBe('FORBIDDEN');
      expect(codeOf(await server.graphql(operation, {}, key, 'telegram:1'))).toBe('FORBIDDEN');
      expect(codeOf(await other.graphql(operation, {}, key))).toBe('FORBIDDEN');
    }
    expect(codeOf(await server.graphql('{ me { id } }', {}, key))).toBe('FORBIDDEN');
  });

  it('is not who a bot acts for by an identity that the administrator has linked', async () => {
    const { key } = await server.createKey(admin.token, { scopes: ['READ', 'WRITE', 'ADMIN'] });
    const { body } = await server.graphql('mutation { createLinkCode { code } }', {}, admin.token);
    const link = 'mutation ($code: String!) { linkIdentity(code: $code) { id } }';
    await server.graphql(link, body.data.createLinkCode, key, 'telegram:2');
    const me = await server.graphql('{ me { id } }', {}, key, 'telegram:2');
    expect(me.body.data.me.id).toBe(admin.userId);
    expect(codeOf(await server.graphql(STATS, {}, key, 'telegram:2'))).toBe('FORBIDDEN');
  });
});

describe('adminStats', () => {
  const stats = async (): Promise<AdminStats> =>
    (await server.graphql(STATS, {}, admin.token)).body.data.adminStats;
  const record = (input: object) => server.graphql(RECORD, { input }, person.token);

  it('counts what there is of everybody', async () => {
    await cleanUp();
    const before = await stats();
    const { key } = await server.createKey(person.token);
    await server.graphql(RECORD, { input: { question: 'Of a bot', channel: 'telegram' } }, key, 'telegram:9');
    await record({ question: 'One', answer: 'Two', scope: 'web', channel: 'web' });
    await record({ question: 'Three', scope: 'web' });
    await record({ question: 'Spoken', scope: 'call', sessionType: 'VOICE_CALL' });
    const stale = await start({ scope: 'stale', channel: 'web' });
    await sql(
      `update sessions set last_activity_at = last_activity_at - interval '1 hour',
      period_started_at = period_started_at - interval '2 hours' where id = $1`,
      [stale],
    );
    await cleanUp(); // what was counted is counted anew; nobody has left the stale one for long enough
    const after = await stats();
    const grown = (of: (figures: AdminStats) => number) => of(after) - of(before);
    expect(grown(({ users }) => users.total)).toBe(1);
    expect(grown(({ users }) => users.ofBots)).toBe(1);
    expect(grown(({ total }) => total.sessions)).toBe(4);
    expect(grown(({ total }) => total.activeSessions)).toBe(3);
    expect(grown(({ total }) => total.interactions)).toBe(4);
    expect(grown(({ total }) => total.messages)).toBe(5);
    expect(grown(({ total }) => total.inputTokens)).toBeGreaterThan(0);
    expect(grown(({ total }) => total.outputTokens)).toBe(1);
    expect(after.total.averageMessages).toBeCloseTo(after.total.messages / after.total.sessions);
    expect(after.total.averageDurationSeconds).toBeGreaterThan(3600 / after.total.sessions);
    expect(after.byType).toEqual([
      expect.objectContaining({ type: 'TEXT_CHAT' }),
      { type: 'VOICE_CALL', sessions: 1, activeSessions: 1, messages: 1 },
    ]);
    expect(after.byChannel).toContainEqual({ channel: 'web', sessions: 2, interactions: 2 });
    expect(after.byChannel).toContainEqual({ channel: 'telegram', sessions: 1, interactions: 1 });
    const ofChannels = after.byChannel.reduce((sum, { sessions }) => sum + sessions, 0);
    expect(ofChannels).toBe(after.total.sessions);
    expect(after.storage.bytes).toBeGreaterThan(1_000_000);
    const sizes = after.storage.tables.map(({ bytes }) => bytes);
    expect(sizes).toEqual(sizes.toSorted((one, next) => next - one));
    expect(after.storage.tables.map(({ name }) => name)).toContain('sessions');
  });

  it('tells how the sessions went that have ended lately', async () => {
    await sql('delete from sessions');
    await cleanUp();
    expect((await stats()).recent).toEqual({
      sessions: 0,
      medianDurationSeconds: null,
      p95DurationSeconds: null,
      sessionsPerUserAndDay: null,
      averageSecondsBetween: null,
    });
    // Of one user: 10 and 20 minutes on one day, an hour between them; 30 minutes a day later, and 40 a month before.
    for (const [from, minutes] of [
      ['1 day', 10],
      ['1 day -70 minutes', 20],
      ['0 days', 30],
      ['40 days', 40],
    ] as const) {
      const id = await start({ scope: randomUUID() });
      await server.graphql(END, { id }, person.token);
      await sql(
        `update sessions set started_at = t.at, period_started_at = t.at, ended_at = t.at + make_interval(mins => $3)
         from (select date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - interval '20 hours' - $2::interval as at) t
         where id = $1`,
        [id, from, minutes],
      );
    }
    await cleanUp();
    const { recent } = await stats();
    expect(recent).toMatchObject({ sessions: 3, medianDurationSeconds: 1200, sessionsPerUserAndDay: 1.5 });
    expect(recent.p95DurationSeconds).toBeCloseTo(1740);
    expect(recent.averageSecondsBetween).toBeCloseTo((3600 + 24 * 3600 - 5400) / 2);
  });

  it('counts at most once a minute, however many ask at once', async () => {
    await cleanUp();
    const [first, ...rest] = await Promise.all([stats(), stats(), stats()]);
    for (const { asOf } of rest) expect(asOf).toBe(first.asOf);
    await start({ scope: 'unseen' });
    const again = await stats();
    expect([again.asOf, again.total]).toEqual([first.asOf, first.total]);
  });

  it('tells how often a context was in the cache of the process', async () => {
    const build = () =>
      server.graphql('{ buildContext(input: { query: "x" }) { revision } }', {}, person.token);
    const { contextCache: before } = await stats();
    await build();
    await build();
    await build();
    const { contextCache: after } = await stats();
    // A minute may end between two of them: what is built says how long ago things were.
    expect(after.hits + after.misses - before.hits - before.misses).toBe(3);
    expect(after.hits - before.hits).toBeGreaterThan(0);
    expect(after.hitRate).toBeCloseTo(after.hits / (after.hits + after.misses));
    expect(Date.parse(String(after.since))).toBeLessThan(Date.now());
  });
});

describe('adminCleanup', () => {
  /** Background work may be faster than a test: then there is another time. */
  async function onceOfFive(attempt: () => Promise<boolean>): Promise<void> {
    for (let times = 0; times < 5; times++) if (await attempt()) return;
    throw new Error('It did not come to be.');
  }

  it('ends a stale session once, whoever else does', async () => {
    await onceOfFive(async () => {
      const id = await start({ scope: randomUUID() });
      await sql(
        `update sessions set updated_at = updated_at - interval '1 hour', last_activity_at = last_activity_at - interval '1 hour'
         where id = $1`,
        [id],
      );
      const done = await Promise.all([cleanUp(), cleanUp(), cleanUp()]);
      const [session] = (await sql('select end_reason from sessions where id = $1', [id])) as any[];
      const ends = await sql(`select from changes where session_id = $1 and kind = 'SESSION_ENDED'`, [id]);
      expect(session.end_reason).toBe('IDLE_TIMEOUT');
      expect(ends).toHaveLength(1);
      const ended = done.reduce((sum, { endedSessions }) => sum + endedSessions, 0);
      expect(ended).toBeLessThanOrEqual(1);
      return ended === 1;
    });
  });

  it('applies retention as it is configured', async () => {
    await onceOfFive(async () => {
      const id = await start({ scope: 'old' });
      await server.graphql(END, { id }, person.token);
      await sql(`update sessions set ended_at = ended_at - interval '31 days' where id = $1`, [id]);
      const { deletedSessions, deletedChanges, deletedReceipts, isComplete } = await cleanUp();
      expect([deletedChanges, deletedReceipts, isComplete]).toEqual([null, 0, true]);
      expect(await sql('select from sessions where id = $1', [id])).toEqual([]);
      return deletedSessions === 1;
    });
  });

  it('drops what has expired of everybody, and nothing else', async () => {
    const someone = await server.register();
    for (const { token } of [person, someone]) {
      await server.graphql('mutation { createExport(input: { format: JSON }) { path } }', {}, token);
      await server.graphql('mutation { createLinkCode { code } }', {}, token);
    }
    const expire = (table: string) =>
      sql(`update ${table} set expires_at = now() - interval '1 day' where user_id = $1`, [someone.userId]);
    await Promise.all(['refresh_tokens', 'exports', 'link_codes'].map(expire));
    expect(await cleanUp()).toMatchObject({
      deletedRefreshTokens: 1,
      deletedExportTickets: 1,
      deletedLinkCodes: 1,
    });
    for (const table of ['refresh_tokens', 'exports', 'link_codes']) {
      const left = (await sql(`select user_id from ${table} where user_id = any($1)`, [
        [person.userId, someone.userId],
      ])) as any[];
      expect(left).toEqual([{ user_id: person.userId }]);
    }
    expect(await cleanUp()).toMatchObject({
      deletedRefreshTokens: 0,
      deletedExportTickets: 0,
      deletedLinkCodes: 0,
    });
  });
});
