import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';
import { connect, until, watch } from '../support/sockets.js';

const START = `mutation ($scope: String!) { startSession(input: { scope: $scope }) { id } }`;
const CHANGED =
  'subscription { sessionChanged(after: 0) { kind sessionId session { endReason endedAt lastActivityAt } } }';

let first: TestApp;
let second: TestApp;
beforeAll(async () => {
  const shared = {
    SESSION_RETENTION_DAYS: '30',
    CHANGE_RETENTION_DAYS: '30',
    RECOLLECT_SECRET: randomUUID(),
  };
  first = await startApp(shared);
  second = await startApp({ ...shared, DATABASE_URL: first.databaseUrl });
});
afterAll(async () => {
  await second.close();
  await first.close();
});

/** Has the job queue run a task now. */
const runTask = (task: string) => execute(first.databaseUrl, 'select graphile_worker.add_job($1)', [task]);

describe('background work', () => {
  it('ends abandoned sessions once, tells it live, and keeps when they were last active', async () => {
    const { token } = await first.register();
    const ids = [];
    for (const scope of ['a', 'b', 'c'])
      ids.push((await first.graphql(START, { scope }, token)).body.data.startSession.id);
    const [left, ...abandoned] = ids;
    await execute(
      first.databaseUrl,
      `update sessions set updated_at = updated_at - interval '1 hour', last_activity_at = last_activity_at - interval '1 hour',
         started_at = started_at - interval '1 hour', period_started_at = period_started_at - interval '1 hour'
       where id = any($1)`,
      [abandoned],
    );
    const client = connect(second.wsUrl, token);
    const changes = watch(client, CHANGED);
    await Promise.all([runTask('sweep-sessions'), runTask('sweep-sessions')]);
    const events = (await changes.atLeast(5)).slice(3);
    expect(events.map(({ kind }) => kind)).toEqual(['SESSION_ENDED', 'SESSION_ENDED']);
    expect(new Set(events.map(({ sessionId }) => sessionId))).toEqual(new Set(abandoned));
    for (const { session } of events)
      expect(session).toMatchObject({ endReason: 'IDLE_TIMEOUT', endedAt: session.lastActivityAt });
    const { body } = await first.graphql(
      '{ sessions(filter: { active: true }) { edges { node { id } } } }',
      {},
      token,
    );
    expect(body.data.sessions.edges).toEqual([{ node: { id: left } }]);
    await client.dispose();
  });

  it('deletes what is older than the retention policy says, and tells it live', async () => {
    const { token } = await first.register();
    const { id } = (await first.graphql(START, { scope: '' }, token)).body.data.startSession;
    await first.graphql('mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }', { id }, token);
    await execute(
      first.databaseUrl,
      `update sessions set ended_at = ended_at - interval '31 days' where id = $1`,
      [id],
    );
    const client = connect(second.wsUrl, token);
    const changes = watch(client, CHANGED);
    await runTask('retain-sessions');
    const [, , deleted] = await changes.atLeast(3);
    expect(deleted).toEqual({ kind: 'SESSION_DELETED', sessionId: id, session: null });
    await client.dispose();
  });

  describe('forgets changes older than their retention policy says', () => {
    const CHANGES = 'query ($after: Revision!) { changes(after: $after) { changes { revision } } }';
    const WATCH = 'subscription ($after: Revision) { changes(after: $after) { revision } }';
    const tooOld = {
      extensions: {
        code: 'BAD_USER_INPUT',
        fields: { after: [expect.stringMatching(/^must not be before 4, .* `me.revision`/)] },
      },
    };
    let token: string;

    beforeAll(async () => {
      let userId: string;
      ({ token, userId } = await first.register());
      for (const scope of ['a', 'b', 'c', 'd', 'e']) await first.graphql(START, { scope }, token);
      const age = `update changes set at = at - interval '31 days' where user_id = $1 and revision <= 4`;
      await execute(first.databaseUrl, age, [userId]);
      // A page at a time: the job is to find where the one before it ended.
      const page = `select forget_changes($1, now() - interval '30 days', 2) as deleted`;
      expect(await execute(first.databaseUrl, page, [userId])).toEqual([{ deleted: 2 }]);
      await runTask('forget-changes');
      let answer;
      do answer = await first.graphql(CHANGES, { after: 2 }, token);
      while (!answer.body.errors);
      expect(answer.body.errors).toEqual([expect.objectContaining(tooOld)]);
    });

    it('refusing a client that has missed some of them', async () => {
      for (const after of [0, 3]) {
        const { body } = await second.graphql(CHANGES, { after }, token);
        expect(body.errors).toEqual([expect.objectContaining(tooOld)]);
        const client = connect(second.wsUrl, token);
        const { events, errors } = watch(client, WATCH, { after });
        await until(() => errors.length > 0);
        expect([events, errors]).toEqual([[], [expect.objectContaining(tooOld)]]);
        await client.dispose();
      }
    });

    it('and none that has seen them', async () => {
      const { body } = await second.graphql(CHANGES, { after: 4 }, token);
      expect(body.data.changes.changes).toEqual([{ revision: 5 }]);
      const client = connect(second.wsUrl, token);
      expect(await watch(client, WATCH, { after: 4 }).atLeast(1)).toEqual([{ revision: 5 }]);
      const { me } = (await first.graphql('{ me { revision } }', {}, token)).body.data;
      const next = watch(client, WATCH, { after: me.revision });
      await first.graphql(START, { scope: 'f' }, token);
      expect(await next.atLeast(1)).toEqual([{ revision: 6 }]);
      await client.dispose();
    });
  });
});
