import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { createDatabase, dropDatabase } from '../support/database.js';

const DEFAULTS = JSON.stringify({ idleTimeoutSeconds: 900, tokenLimit: 4000 });
const TABLES = ['sessions', 'ended_sessions', 'interactions', 'message_ids', 'changes', 'revisions'];

type Command = Record<string, unknown>;

/** A database as the service uses it. */
class Side {
  private constructor(
    private readonly url: string,
    readonly client: pg.Client,
  ) {}

  static async open(): Promise<Side> {
    const url = await createDatabase();
    const client = new pg.Client(url);
    await client.connect();
    return new Side(url, client);
  }

  async addUsers(ids: readonly string[]): Promise<void> {
    await this.client.query('reset role');
    await this.client.query(
      `with added as (insert into users (id, email, password_hash) select id, id || '@example.org', '' from unnest($1::uuid[]) id)
       insert into revisions (user_id) select * from unnest($1::uuid[])`,
      [ids],
    );
    await this.client.query('set role recollect_app');
  }

  /** Nobody has touched the users' sessions for an hour. */
  async letTimePass(users: readonly string[]): Promise<void> {
    await this.client.query('reset role');
    await this.client.query(
      `update sessions set last_activity_at = last_activity_at - interval '1 hour' where user_id = any($1)`,
      [users],
    );
    await this.client.query('set role recollect_app');
  }

  async apply(commands: readonly Command[]): Promise<Record<string, unknown>[]> {
    const text = `select * from apply_commands($1, $2, false, '2s')`;
    const { rows } = await this.client.query(text, [JSON.stringify(commands), DEFAULTS]);
    return rows.sort((a, b) => a.index - b.index);
  }

  /** Which commands are recorded by sets. */
  async recorded(commands: readonly Command[]): Promise<number[]> {
    await this.client.query('begin');
    const { rows } = await this.client.query('select index from record_turns($1) order by 1', [
      JSON.stringify(commands),
    ]);
    await this.client.query('rollback');
    return rows.map(({ index }) => index);
  }

  async stored(users: readonly string[]): Promise<object> {
    await this.client.query('reset role');
    const tables: [string, unknown][] = [];
    for (const table of TABLES) {
      const { rows } = await this.client.query(
        `select to_jsonb(t) as row from ${table} t where user_id = any($1) order by to_jsonb(t) ->> 'user_id',
           to_jsonb(t) -> 'revision', to_jsonb(t) ->> 'id'`,
        [users],
      );
      tables.push([table, rows.map(({ row }) => withoutTimes(row))]);
    }
    await this.client.query('set role recollect_app');
    return Object.fromEntries(tables);
  }

  async close(): Promise<void> {
    await this.client.end();
    await dropDatabase(this.url);
  }
}

/** Times are those of the clock; whether there is one matters. */
function withoutTimes(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) => {
      if (/^(durationSeconds|prior_active_ms|duration_ms)$/.test(key)) return undefined;
      const isTime = /(At|_at|^at)$/.test(key);
      return isTime && inner !== null ? 'a time' : inner;
    }),
  );
}

let sets: Side;
let singles: Side;
beforeAll(async () => {
  [sets, singles] = await Promise.all([Side.open(), Side.open()]);
});
afterAll(() => Promise.all([sets.close(), singles.close()]));

const turn = (userId: string, more: Command = {}): Command => ({
  kind: 'recordInteraction',
  userId,
  id: randomUUID(),
  newSessionId: randomUUID(),
  question: 'q',
  questionTokens: 3,
  ...more,
});

const STEPS = {
  steps: [
    { id: randomUUID(), role: 'TOOL', content: 'found', toolName: 'search', tokens: 4, isError: true },
    { id: randomUUID(), role: 'ASSISTANT', content: 'so', tokens: 2 },
    { id: randomUUID(), role: 'SYSTEM', content: 'note', tokens: 1 },
  ],
  stepTokens: 7,
};

const sometimes = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 40, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

/** A command to be. Numbers choose a user, a session or an id among those of the run. */
const plan = fc.record({
  user: fc.nat(4),
  kind: fc.oneof(
    { weight: 40, arbitrary: fc.constant('recordInteraction') },
    { weight: 8, arbitrary: fc.constant('openInteraction') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('addMessage', 'endSession', 'completeInteraction', 'deleteInteraction'),
    },
  ),
  session: sometimes(fc.nat(30)),
  known: sometimes(fc.nat(3)),
  minutesAgo: sometimes(fc.integer({ min: 0, max: 60 })),
  said: fc.record(
    {
      scope: sometimes(fc.constant('project')),
      type: sometimes(fc.constantFrom('TEXT_CHAT', 'VOICE_CALL')),
      answer: fc.constant('a'),
      answerTokens: fc.nat(9),
      metadata: fc.constant({ model: 'any' }),
      contextUsed: fc.constant({ sources: [1] }),
      modality: fc.constantFrom('TEXT', 'VOICE'),
      wantSession: fc.constantFrom(true, false, false, false),
      error: sometimes(fc.constant('broken')),
    },
    { requiredKeys: [] },
  ),
  steps: sometimes(fc.constant(STEPS)),
});

type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never;

/** Makes the commands of one run: of five users, the last of whom does not exist. */
class Script {
  readonly users = Array.from({ length: 5 }, () => randomUUID());
  private readonly ids = Array.from({ length: 4 }, () => randomUUID());
  private readonly sessions: string[] = [randomUUID()];

  command({ user, kind, session, known, minutesAgo, said, steps }: Plan): Command {
    const sessionId = session === undefined ? undefined : this.sessions[session % this.sessions.length];
    const knownId = known === undefined ? undefined : this.ids[known];
    const base = turn(this.users[user]!, { kind, ...said, ...steps });
    if (sessionId) Object.assign(base, { sessionId, scope: undefined, type: undefined });
    if (minutesAgo !== undefined) {
      base.occurredAt = new Date(Date.now() - minutesAgo * 60_000).toISOString();
    }
    this.sessions.push(base.newSessionId as string);
    switch (kind) {
      case 'addMessage':
        return { ...base, answer: 'said', ...(knownId && { messageId: knownId, messageFingerprint: 'aa' }) };
      case 'endSession':
        return { ...base, sessionId: sessionId ?? this.sessions[0] };
      case 'deleteInteraction':
      case 'completeInteraction':
        return { ...base, id: knownId ?? this.ids[0], answer: 'done', finishFingerprint: 'aa' };
      default:
        return knownId ? { ...base, id: knownId, fingerprint: said.answer ? 'aa' : 'bb' } : base;
    }
  }
}

describe('commands of a batch', () => {
  it('do what they do one by one, in the tables and in their answers', async () => {
    const batches = fc.array(
      fc.record({ plans: fc.array(plan, { minLength: 2, maxLength: 14 }), pause: fc.boolean() }),
      { minLength: 3, maxLength: 6 },
    );
    let together = 0;
    let all = 0;
    await fc.assert(
      fc.asyncProperty(batches, async (steps) => {
        const script = new Script();
        const users = script.users.slice(0, 4);
        await Promise.all([sets.addUsers(users), singles.addUsers(users)]);
        for (const { plans, pause } of steps) {
          const commands = plans.map((one) => script.command(one));
          together += (await sets.recorded(commands)).length;
          all += commands.length;
          const outcomes = await sets.apply(commands);
          const expected = [];
          for (const [index, command] of commands.entries()) {
            const [outcome] = await singles.apply([command]);
            expected.push({ ...outcome, index });
          }
          expect(withoutTimes(outcomes)).toEqual(withoutTimes(expected));
          if (pause)
            await Promise.all([sets.letTimePass(users.slice(0, 2)), singles.letTimePass(users.slice(0, 2))]);
        }
        expect(await sets.stored(users)).toEqual(await singles.stored(users));
      }),
      { numRuns: 40 },
    );
    // Both ways were taken.
    expect(together / all).toBeGreaterThan(0.1);
    expect(together / all).toBeLessThan(0.8);
  });
});

describe('the turns that are recorded by sets', () => {
  let users: string[];
  const active = new Map<string, string>();
  beforeAll(async () => {
    users = Array.from({ length: 4 }, () => randomUUID());
    await sets.addUsers(users);
    for (const [index, { session }] of (
      await sets.apply(users.map((userId) => turn(userId, { wantSession: true })))
    ).entries()) {
      active.set(users[index]!, (session as { id: string }).id);
    }
  });

  it('are those of users with nothing but new turns for active sessions', async () => {
    const [ada, bob, cem, dan] = users as [string, string, string, string];
    const id = randomUUID();
    const commands = [
      turn(bob),
      turn(ada, { kind: 'openInteraction', sessionId: active.get(ada), ...STEPS }),
      turn(ada, { id, fingerprint: 'aa', error: 'broken', wantSession: true }),
      turn(cem),
      turn(cem, { scope: 'another' }),
      turn(dan),
      turn(dan, { occurredAt: new Date().toISOString() }),
      turn(randomUUID()),
    ];
    expect(await sets.recorded(commands)).toEqual([0, 1, 2]);
  });

  it.each([
    ['of another type', { type: 'VOICE_CALL' }],
    ['that changes the session first', { kind: 'endSession' }],
    ['of an interaction that is there', { kind: 'completeInteraction' }],
  ])('are not of a user with one %s', async (_, more) => {
    const [ada, bob] = users as [string, string];
    expect(await sets.recorded([turn(bob), turn(ada), turn(ada, more)])).toEqual([0]);
  });

  it('are not of a user who repeats an id, in the batch, from before, or of what was deleted', async () => {
    const [ada, bob] = users as [string, string];
    const again = { id: randomUUID(), fingerprint: 'aa' };
    expect(await sets.recorded([turn(bob), turn(ada, again), turn(ada, again)])).toEqual([0]);
    await sets.apply([turn(ada, again)]);
    expect(await sets.recorded([turn(bob), turn(ada, again)])).toEqual([0]);
    await sets.apply([turn(ada, { ...again, kind: 'deleteInteraction' })]);
    expect(await sets.recorded([turn(bob), turn(ada, again)])).toEqual([0]);
  });

  it('never go to a session of another user', async () => {
    const [ada, bob, cem] = users as [string, string, string];
    const commands = [turn(cem), turn(ada, { sessionId: active.get(bob) })];
    expect(await sets.recorded(commands)).toEqual([0]);
    expect(await sets.apply(commands)).toMatchObject([{ error_code: null }, { error_code: 'NOT_FOUND' }]);
  });
});
