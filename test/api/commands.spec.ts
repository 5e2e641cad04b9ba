import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { Commands, type Command } from '../../src/database/commands.js';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';

let app: TestApp;
let commands: Commands;
beforeAll(async () => {
  app = await startApp();
  commands = app.app.get(Commands);
});
afterAll(() => app.close());

const record = (userId: string, question: string): Command => ({
  kind: 'recordInteraction',
  userId,
  id: randomUUID(),
  newSessionId: randomUUID(),
  question,
});

describe('commands', () => {
  it('gather while a batch is in flight, and keep the order of each user', async () => {
    const users = await Promise.all([app.register(), app.register(), app.register()]);
    const sent = await app.statements(() =>
      Promise.all(
        Array.from({ length: 300 }, (_, n) =>
          commands.run(record(users[n % 3]!.userId, `q${Math.floor(n / 3)}`)),
        ),
      ),
    );
    expect(sent.length).toBeLessThan(12);
    for (const { userId } of users) {
      const rows = await execute(
        app.databaseUrl,
        'select question from interactions where user_id = $1 order by sequence',
        [userId],
      );
      expect(rows).toEqual(Array.from({ length: 100 }, (_, n) => ({ question: `q${n}` })));
    }
  });

  it('of one user fail alone while that user is locked', async () => {
    const [locked, free] = await Promise.all([app.register(), app.register()]);
    const client = new pg.Client(app.databaseUrl);
    await client.connect();
    await client.query('begin');
    await client.query('select 1 from revisions where user_id = $1 for update', [locked.userId]);
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 5 }, () => commands.run(record(free.userId, 'free'))),
      commands.run(record(locked.userId, 'locked')),
      ...Array.from({ length: 5 }, () => commands.run(record(free.userId, 'free'))),
    ]);
    await client.query('rollback');
    await client.end();
    expect(outcomes.map(({ status }) => status === 'fulfilled').filter(Boolean)).toHaveLength(10);
    expect(outcomes[5]).toMatchObject({ reason: { extensions: { code: 'UNAVAILABLE' } } });
    expect(await commands.run(record(locked.userId, 'again'))).toMatchObject({ changes: 2 });
  });

  it('of a user of whom a long one is under way hold up nobody, and keep their order', async () => {
    const [busy, free] = await Promise.all([app.register(), app.register()]);
    const client = new pg.Client(app.databaseUrl);
    await client.connect();
    await client.query('begin');
    await client.query('select 1 from revisions where user_id = $1 for update', [busy.userId]);
    const answered: string[] = [];
    const run = (user: { userId: string }, name: string) =>
      commands.run(record(user.userId, name)).then(({ revision }) => (answered.push(name), revision));
    const sent = await app.statements(async () => {
      const long = commands.runLong(record(busy.userId, 'long'));
      const own = [run(busy, 'first'), run(busy, 'second')];
      await run(free, 'free');
      await client.query('rollback');
      await long;
      const [first, second] = await Promise.all(own);
      expect(first).toBeLessThan(second!);
    });
    await client.end();
    expect(answered).toEqual(['free', 'first', 'second']);
    // None of them went with those of others, whom it would have held up until it was given up.
    expect(sent).toHaveLength(3);
  });

  it('that wait for another of their user are told at once when the database goes away', async () => {
    const { userId } = await app.register();
    const client = new pg.Client(app.databaseUrl);
    await client.connect();
    await client.query('begin');
    await client.query('select 1 from revisions where user_id = $1 for update', [userId]);
    const sent = await app.statements(async () => {
      const outcomes = Promise.allSettled([
        commands.runLong(record(userId, 'long')),
        ...Array.from({ length: 20 }, () => commands.run(record(userId, 'own'))),
      ]);
      const waiting = `from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      while ((await client.query(`select ${waiting}`)).rowCount! < 2) await wait(5);
      await client.query(`select pg_terminate_backend(pid) ${waiting}`);
      for (const outcome of await outcomes)
        expect(outcome).toMatchObject({ reason: { extensions: { code: 'UNAVAILABLE' } } });
    });
    await client.end();
    expect(sent).toHaveLength(1); // the first of them; the long one goes another way
  });

  it('that the database cannot run at all fail alone', async () => {
    const { userId } = await app.register();
    const bad = { ...record(userId, 'bad'), occurredAt: 'not a time' };
    const outcomes = await Promise.allSettled([
      commands.run(record(userId, 'one')),
      commands.run(record(userId, 'two')),
      commands.run(bad),
      commands.run(record(userId, 'three')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    const rows = await execute(
      app.databaseUrl,
      'select question from interactions where user_id = $1 order by sequence',
      [userId],
    );
    expect(rows).toEqual([{ question: 'one' }, { question: 'two' }, { question: 'three' }]);
  });

  it('move the revision by exactly the changes they make', async () => {
    const { userId } = await app.register();
    await commands.run(record(userId, 'q'));
    await commands.run({ ...record(userId, 'q'), type: 'VOICE_CALL' });
    await expect(commands.run({ kind: 'deleteSession', userId, sessionId: randomUUID() })).rejects.toThrow(
      'not found',
    );
    const [{ value }] = (await execute(app.databaseUrl, 'select value from revisions where user_id = $1', [
      userId,
    ])) as [{ value: string }];
    const changes = await execute(
      app.databaseUrl,
      'select revision, kind from changes where user_id = $1 order by 1',
      [userId],
    );
    expect(changes).toEqual(
      [
        'SESSION_STARTED',
        'INTERACTION_RECORDED',
        'SESSION_ENDED',
        'SESSION_STARTED',
        'INTERACTION_RECORDED',
      ].map((kind, n) => ({ revision: String(n + 1), kind })),
    );
    expect(value).toBe('5');
  });

  it('of a batch send one notification, which names each user once', async () => {
    const users = await Promise.all([app.register(), app.register()]);
    const client = new pg.Client(app.databaseUrl);
    await client.connect();
    await client.query('listen recollect_changes');
    const heard = once(client, 'notification') as Promise<[pg.Notification]>;
    await commands.runAll([record(users[0].userId, 'a'), record(users[0].userId, 'b')]);
    const [{ payload }] = await heard;
    expect(payload).toBe(`${users[0].userId}:3`);
    const both = once(client, 'notification') as Promise<[pg.Notification]>;
    await Promise.all(users.map(({ userId }) => commands.run(record(userId, 'c'))));
    expect((await both)[0].payload!.split(',').sort()).toEqual(
      [`${users[0].userId}:4`, `${users[1].userId}:2`].sort(),
    );
    await client.end();
  });

  it('leave counters equal to what is stored, whatever was done at once', async () => {
    const { userId } = await app.register();
    const ids = Array.from({ length: 60 }, () => randomUUID());
    const outcomes = await Promise.allSettled(
      ids.flatMap((id, n) => [
        commands.run({ ...record(userId, `q${n}`), id, answer: n % 2 ? 'a' : undefined, questionTokens: 3 }),
        n % 3 === 0
          ? commands.run({ kind: 'deleteInteraction', userId, id: ids[n - 1] ?? id })
          : commands.run({ ...record(userId, 'x'), kind: 'addMessage', answer: 'said', answerTokens: 2 }),
      ]),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(ids.length);
    const [wrong] = (await execute(
      app.databaseUrl,
      `select count(*)::integer as count from sessions s, lateral (
         select count(*) n, count(question) q, count(answer) a,
           coalesce(sum(question_tokens), 0) i, coalesce(sum(answer_tokens), 0) o
         from interactions x where x.user_id = s.user_id and x.session_id = s.id) x
       where s.user_id = $1 and (n, q, a, i, o) is distinct from
         (interaction_count, user_message_count, assistant_message_count, input_tokens, output_tokens)`,
      [userId],
    )) as { count: number }[];
    expect(wrong).toEqual({ count: 0 });
  });
});
