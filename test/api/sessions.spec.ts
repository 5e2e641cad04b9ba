import { randomUUID } from 'node:crypto';
import { SessionUpkeep } from '../../src/sessions/session-upkeep.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';

const SESSION = `
  id scope type channel title tags pinned startedAt endedAt endReason lastActivityAt expiresAt idleTimeoutSeconds
  active durationSeconds contextSummary sessionContext snapshotAtStart state stateVersion metadata tokenLimit
  interactionCount userMessageCount inputTokens revision`;

let app: TestApp;
let token: string;
let userId: string;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  ({ token, userId } = await app.register());
});

const ask = (query: string, variables?: object) => app.ask(query, variables, token);
const mutate = async (field: string, type: string, input: object) =>
  (await ask(`mutation ($input: ${type}!) { ${field}(input: $input) { ${SESSION} } }`, { input }))[field];
const start = (input: object = {}) => mutate('startSession', 'StartSessionInput', input);
const getOrCreate = (input: object = {}) => mutate('getOrCreateSession', 'SessionInput', input);
const end = (input: object) => mutate('endSession', 'EndSessionInput', input);
const resume = async (id: string) =>
  (await ask(`mutation ($id: UUID!) { resumeSession(id: $id) { ${SESSION} } }`, { id })).resumeSession;
const read = async (id: string) =>
  (await ask(`query ($id: UUID!) { session(id: $id) { ${SESSION} } }`, { id })).session;
const current = async (scope = '') =>
  (await ask(`query ($scope: String!) { currentSession(scope: $scope) { ${SESSION} } }`, { scope }))
    .currentSession;
const record = async (input: object) =>
  (
    await ask(
      `mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { session { ${SESSION} } } }`,
      { input: { question: 'q', ...input } },
    )
  ).recordInteraction.session;
const recorded = async (input: object) => {
  const query = `mutation ($input: RecordInteractionInput!) {
    recordInteraction(input: $input) { interaction { id } session { id } } }`;
  const { session, interaction } = (await ask(query, { input: { question: 'q', ...input } }))
    .recordInteraction;
  return { id: session.id, interaction };
};
/** Lets time pass for a session, as far as the database can tell. */
const age = (id: string, seconds: number) =>
  execute(
    app.databaseUrl,
    `update sessions set started_at = started_at - make_interval(secs => $2),
       period_started_at = period_started_at - make_interval(secs => $2),
       last_activity_at = last_activity_at - make_interval(secs => $2),
       updated_at = updated_at - make_interval(secs => $2),
       ended_at = ended_at - make_interval(secs => $2),
       expires_at = expires_at - make_interval(secs => $2)
     where id = $1`,
    [id, seconds],
  );
const ms = (time: string) => new Date(time).getTime();

describe('a session ends', () => {
  it('when the client ends it (EXPLICIT), with what it was about', async () => {
    const { id } = await start({ title: 'Trip' });
    await record({ sessionId: id });
    const ended = await end({
      id,
      contextSummary: 'planned a trip',
      sessionContext: { topics: ['travel'], mood: 'good' },
    });
    expect(ended).toMatchObject({
      active: false,
      endReason: 'EXPLICIT',
      contextSummary: 'planned a trip',
      sessionContext: { topics: ['travel'], mood: 'good' },
    });
    expect(ended.durationSeconds).toBeCloseTo((ms(ended.endedAt) - ms(ended.startedAt)) / 1000, 3);
    expect(await end({ id })).toEqual(ended);
    const known = await mutate('updateSession', 'UpdateSessionInput', { id, contextSummary: 'went' });
    expect(known).toMatchObject({ contextSummary: 'went', endedAt: ended.endedAt });
    expect(await end({ id, contextSummary: 'gone' })).toMatchObject({
      contextSummary: 'gone',
      endedAt: ended.endedAt,
    });
    expect(await current()).toBeNull();
  });

  it('when another is started in its scope (SUPERSEDED), and in no other scope', async () => {
    const first = await start();
    const elsewhere = await start({ scope: 'project' });
    const second = await start();
    expect(await read(first.id)).toMatchObject({ active: false, endReason: 'SUPERSEDED' });
    expect(await current()).toMatchObject({ id: second.id });
    expect(await current('project')).toMatchObject({ id: elsewhere.id, active: true });
  });

  it('when the type changes (MODE_CHANGED), told by a start, a get-or-create or a record', async () => {
    const text = await start();
    const call = await start({ type: 'VOICE_CALL' });
    expect(await read(text.id)).toMatchObject({ endReason: 'MODE_CHANGED' });
    const again = await getOrCreate({ type: 'TEXT_CHAT' });
    expect(await read(call.id)).toMatchObject({ endReason: 'MODE_CHANGED' });
    const recorded = await record({ sessionType: 'VOICE_CALL' });
    expect(await read(again.id)).toMatchObject({ endReason: 'MODE_CHANGED' });
    expect(recorded).toMatchObject({ type: 'VOICE_CALL', active: true });
    expect(await getOrCreate()).toMatchObject({ id: recorded.id });
  });

  it('when it was idle longer than its timeout (IDLE_TIMEOUT), at its last activity', async () => {
    const idle = await start({ idleTimeoutSeconds: 60 });
    await age(idle.id, 61);
    expect(await current()).toBeNull();
    const next = await getOrCreate();
    expect(next.id).not.toBe(idle.id);
    const ended = await read(idle.id);
    expect(ended).toMatchObject({ active: false, endReason: 'IDLE_TIMEOUT', endedAt: ended.lastActivityAt });
    expect(ended.durationSeconds).toBe(0);
  });

  it('when its lifetime is over (EXPIRED), at that moment, however lively it is', async () => {
    const short = await start({ lifetimeSeconds: 100 });
    await age(short.id, 99);
    expect((await getOrCreate()).id).toBe(short.id);
    await age(short.id, 2);
    const next = await record({});
    expect(next.id).not.toBe(short.id);
    const ended = await read(short.id);
    expect(ended).toMatchObject({ endReason: 'EXPIRED', endedAt: ended.expiresAt });
    expect(ended.durationSeconds).toBe(100);
  });

  it('for the reason that came first, when someone ends it late', async () => {
    const idle = await start({ idleTimeoutSeconds: 60 });
    await age(idle.id, 3600);
    const ended = await end({ id: idle.id });
    expect(ended).toMatchObject({ endReason: 'IDLE_TIMEOUT', durationSeconds: 0 });
  });

  it('when the sweeper finds that nobody touched it', async () => {
    const idle = await start({ scope: 'a' });
    const expired = await start({ scope: 'b', lifetimeSeconds: 100, idleTimeoutSeconds: 5000 });
    const lively = await start({ scope: 'c' });
    await age(idle.id, 901);
    await age(expired.id, 101);
    await app.app.get(SessionUpkeep).sweep();
    expect(await read(idle.id)).toMatchObject({ endReason: 'IDLE_TIMEOUT' });
    expect(await read(expired.id)).toMatchObject({ endReason: 'EXPIRED' });
    expect(await read(lively.id)).toMatchObject({ active: true });
  });

  it("after the user's own timeout, unless the session has one", async () => {
    await ask('mutation { updateMe(input: { idleTimeoutSeconds: 30 }) { id } }');
    expect(await start()).toMatchObject({ idleTimeoutSeconds: 30 });
    expect(await start({ idleTimeoutSeconds: 40 })).toMatchObject({ idleTimeoutSeconds: 40 });
    const changed = await mutate('updateSession', 'UpdateSessionInput', {
      id: (await current()).id,
      idleTimeoutSeconds: 50,
    });
    expect(changed).toMatchObject({ idleTimeoutSeconds: 50 });
  });
});

describe('get-or-create', () => {
  it('gives a hundred concurrent callers the same session', async () => {
    const sessions = await Promise.all(Array.from({ length: 100 }, () => getOrCreate({ scope: 'chat' })));
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(1);
  });

  it('never leaves two active in one scope, whatever happens at once', async () => {
    const { id } = await start();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) =>
        [
          () => start(),
          () => getOrCreate({ type: n % 2 ? 'VOICE_CALL' : 'TEXT_CHAT' }),
          () => resume(id),
          () => record({}),
        ][n % 4]!(),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    const { sessions } = await ask(
      '{ sessions(first: 100, filter: { active: true }) { edges { node { id } } } }',
    );
    expect(sessions.edges).toHaveLength(1);
  });
});

describe('a past session', () => {
  it('is resumed and continued, without counting the time between', async () => {
    const past = await start();
    await age(past.id, 600);
    await record({ sessionId: past.id });
    const ended = await end({ id: past.id });
    await age(past.id, 86_400);
    const other = await start();
    const resumed = await resume(past.id);
    expect(resumed).toMatchObject({ active: true, endedAt: null, endReason: null });
    expect(resumed.durationSeconds).toBeCloseTo(ended.durationSeconds, 0);
    expect(await read(other.id)).toMatchObject({ endReason: 'SUPERSEDED' });
    expect(await resume(past.id)).toMatchObject({ id: past.id, active: true });
  });

  it('is resumed by a record that names it', async () => {
    const past = await start();
    await end({ id: past.id });
    expect(await record({ sessionId: past.id })).toMatchObject({
      id: past.id,
      active: true,
      interactionCount: 1,
    });
  });

  it('takes what arrives late without waking up', async () => {
    const past = await start({ occurredAt: '2024-05-01T10:00:00Z' });
    await record({ sessionId: past.id, occurredAt: '2024-05-01T10:05:00Z' });
    await end({ id: past.id, occurredAt: '2024-05-01T10:06:00Z' });
    const late = await record({ sessionId: past.id, occurredAt: '2024-05-01T10:04:00Z' });
    expect(late).toMatchObject({
      active: false,
      endReason: 'EXPLICIT',
      endedAt: '2024-05-01T10:06:00.000Z',
      interactionCount: 2,
    });
  });
});

describe('what is no activity', () => {
  it('neither revives a stale session nor lengthens a past one', async () => {
    const { id, interaction } = await recorded({});
    await age(id, 7200);
    const PATCH = `mutation ($id: UUID!) { updateInteractionMetadata(id: $id, patch: { a: 1 }) { id } }`;
    const RATE = `mutation ($id: UUID!) { rateInteraction(input: { id: $id, rating: 4 }) { id } }`;
    const before = await read(id);
    await ask(PATCH, { id: interaction.id });
    await ask(RATE, { id: interaction.id });
    expect((await read(id)).lastActivityAt).toBe(before.lastActivityAt);
    await app.app.get(SessionUpkeep).sweep();
    await ask(RATE, { id: interaction.id });
    expect(await read(id)).toMatchObject({ endReason: 'IDLE_TIMEOUT', endedAt: before.lastActivityAt });
  });
});

describe('a lifetime', () => {
  it('begins anew when an expired session is resumed, and never grows', async () => {
    const { id } = await start({ lifetimeSeconds: 100 });
    for (let round = 0; round < 2; round++) {
      await age(id, 200);
      const resumed = await resume(id);
      expect(ms(resumed.expiresAt) - ms(resumed.lastActivityAt)).toBe(100_000);
    }
  });
});

describe('an import', () => {
  it('that names a past session leaves the live one alone', async () => {
    const past = await start({ occurredAt: '2024-05-01T10:00:00Z' });
    await end({ id: past.id, occurredAt: '2024-05-01T10:01:00Z' });
    const live = await record({});
    const late = await record({ sessionId: past.id, occurredAt: '2024-05-01T12:00:00Z' });
    expect(late).toMatchObject({ active: false, endedAt: '2024-05-01T10:01:00.000Z', interactionCount: 1 });
    expect(await current()).toMatchObject({ id: live.id });
  });

  it('of a turn after an end resumes the session when nothing began since', async () => {
    const past = await start({ occurredAt: '2024-05-01T10:00:00Z' });
    await end({ id: past.id, occurredAt: '2024-05-01T10:01:00Z' });
    const later = await record({ sessionId: past.id, occurredAt: '2024-05-01T10:02:00Z' });
    expect(later).toMatchObject({ active: true, lastActivityAt: '2024-05-01T10:02:00.000Z' });
  });

  const at = (minute: number) => ({ occurredAt: new Date(Date.UTC(2024, 0, 1, 12, minute)).toISOString() });

  it('forms sessions by its own times, with honest durations, swept or not', async () => {
    const first = await record(at(0));
    expect((await record(at(10))).id).toBe(first.id);
    await execute(
      app.databaseUrl,
      "update sessions set updated_at = updated_at - interval '1 day' where id = $1",
      [first.id],
    );
    await app.app.get(SessionUpkeep).sweep();
    expect(await read(first.id)).toMatchObject({ active: false, endReason: 'IDLE_TIMEOUT' });
    expect((await record(at(20))).id).toBe(first.id);
    const second = await record(at(60));
    expect(second.id).not.toBe(first.id);
    expect(await read(first.id)).toMatchObject({
      interactionCount: 3,
      durationSeconds: 1200,
      endedAt: '2024-01-01T12:20:00.000Z',
    });
    expect(second).toMatchObject({ startedAt: '2024-01-01T13:00:00.000Z' });
  });

  it('of old turns leaves the live session alone', async () => {
    const live = await record({});
    const past = await record(at(0));
    expect((await record(at(5))).id).toBe(past.id);
    expect(past.id).not.toBe(live.id);
    expect(await current()).toMatchObject({ id: live.id, interactionCount: 1 });
    expect(await read(past.id)).toMatchObject({ active: false, interactionCount: 2, durationSeconds: 300 });
  });

  it('keeps the order in which it was told', async () => {
    await record({ question: 'told first', occurredAt: '2024-03-01T00:00:00Z' });
    await record({ question: 'told second', occurredAt: '2023-03-01T00:00:00Z' });
    const { recentInteractions } = await ask('{ recentInteractions(limit: 2) { question occurredAt } }');
    expect(recentInteractions).toEqual([
      { question: 'told second', occurredAt: '2023-03-01T00:00:00.000Z' },
      { question: 'told first', occurredAt: '2024-03-01T00:00:00.000Z' },
    ]);
  });

  it('cannot come from the future', async () => {
    await expect(
      record({ occurredAt: new Date(Date.now() + 3_600_000).toISOString() }),
    ).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { 'input.occurredAt': ['must not be in the future'] },
    });
  });
});

describe('startSession', () => {
  it('keeps everything it is given, and is idempotent by id', async () => {
    const input = {
      id: randomUUID(),
      scope: 'telegram:42',
      type: 'VOICE_CALL',
      channel: 'telegram',
      title: 'Call',
      tags: ['a', 'b'],
      pinned: true,
      tokenLimit: 9000,
      state: { lang: 'de' },
      metadata: { x: [1] },
      snapshotAtStart: { decided: 3 },
    };
    const session = await start(input);
    expect(session).toMatchObject(input);
    expect(await start(input)).toEqual(session);
    await expect(start({ ...input, title: 'Other' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await start({})).toMatchObject({ type: 'TEXT_CHAT', scope: '', tokenLimit: 4000 });
  });
});

describe('updateSession and updateSessionState', () => {
  it('changes what is given and nothing else', async () => {
    const session = await start({ title: 'Old', tags: ['x'], metadata: { a: 1, b: 2 } });
    const updated = await mutate('updateSession', 'UpdateSessionInput', {
      id: session.id,
      title: null,
      pinned: true,
      metadata: { a: null, c: 3 },
    });
    expect(updated).toEqual({
      ...session,
      title: null,
      pinned: true,
      metadata: { b: 2, c: 3 },
      revision: updated.revision,
    });
    await expect(
      mutate('updateSession', 'UpdateSessionInput', { id: session.id, pinned: null }),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT', fields: { 'input.pinned': ['must not be null'] } });
  });

  it('keeps each tag once, where it came first', async () => {
    const { id, tags } = await start({ tags: ['tea', 'work', 'tea'] });
    expect(tags).toEqual(['tea', 'work']);
    const again = ['z', 'a', 'z', 'tea', 'a'];
    const updated = await mutate('updateSession', 'UpdateSessionInput', { id, tags: again });
    expect(updated.tags).toEqual(['z', 'a', 'tea']);
  });

  it('merges state as RFC 7396 does, at the expected version only', async () => {
    const { id } = await start({ state: { title: 'Hi', author: { given: 'J', family: 'D' }, tags: ['a'] } });
    const patch = { title: 'Hello', phone: '1', author: { family: null }, tags: ['b'] };
    const merged = await mutate('updateSessionState', 'UpdateSessionStateInput', {
      id,
      patch,
      expectedVersion: 0,
    });
    expect(merged.state).toEqual({ title: 'Hello', phone: '1', author: { given: 'J' }, tags: ['b'] });
    expect(merged.stateVersion).toBe(1);
    await expect(
      mutate('updateSessionState', 'UpdateSessionStateInput', { id, patch, expectedVersion: 0 }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
    const races = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) =>
        mutate('updateSessionState', 'UpdateSessionStateInput', { id, patch: { n }, expectedVersion: 1 }),
      ),
    );
    expect(races.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses a state that grew too large', async () => {
    const { id } = await start({ state: { a: 'x'.repeat(200_000) } });
    const grow = (key: string, expectedVersion: number) =>
      mutate('updateSessionState', 'UpdateSessionStateInput', {
        id,
        patch: { [key]: 'x'.repeat(200_000) },
        expectedVersion,
      });
    expect(await grow('b', 0)).toMatchObject({ stateVersion: 1 });
    await expect(grow('c', 1)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { 'input.patch': ['would be too large after the change'] },
    });
  });
});

describe('deleting', () => {
  it('clears the messages of a session and keeps the session', async () => {
    const { id } = await record({ answer: 'a' });
    const { clearMessages } = await ask(`mutation ($id: UUID!) { clearMessages(id: $id) { ${SESSION} } }`, {
      id,
    });
    expect(clearMessages).toMatchObject({ id, interactionCount: 0, userMessageCount: 0, inputTokens: 0 });
    expect((await ask('{ recentInteractions { id } }')).recentInteractions).toEqual([]);
  });

  it('deletes a session with everything in it', async () => {
    const { id } = await record({ answer: 'a' });
    await ask('mutation ($id: UUID!) { deleteSession(id: $id) }', { id });
    await expect(read(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const left = await execute(app.databaseUrl, 'select 1 from interactions where user_id = $1', [userId]);
    expect(left).toEqual([]);
  });

  it('cleans up old ended sessions, sparing pinned and active ones', async () => {
    const old = await start({ scope: 'a' });
    const pinned = await start({ scope: 'b', pinned: true });
    const recent = await start({ scope: 'c' });
    for (const { id } of [old, pinned, recent]) await end({ id });
    await start({ scope: 'd' });
    await execute(
      app.databaseUrl,
      `update sessions set ended_at = ended_at - interval '31 days' where id = any($1)`,
      [[old.id, pinned.id]],
    );
    expect((await ask('mutation { cleanupSessions(endedDaysAgo: 30) }')).cleanupSessions).toBe(1);
    const { sessions } = await ask('{ sessions { edges { node { scope } } } }');
    expect(sessions.edges.map(({ node }: any) => node.scope).sort()).toEqual(['b', 'c', 'd']);
    await app.app.get(SessionUpkeep).retain(29);
    expect((await ask('{ sessions { edges { node { scope } } } }')).sessions).toEqual(sessions);
  });

  it('cleans up those that ended together in the order of their ids', async () => {
    const ids = [randomUUID(), randomUUID(), randomUUID()].sort();
    for (const id of [ids[1]!, ids[2]!, ids[0]!]) await start({ id, scope: id });
    await execute(
      app.databaseUrl,
      `update sessions set ended_at = now() - interval '1 day', end_reason = 'EXPLICIT' where user_id = $1`,
      [userId],
    );
    await ask('mutation { cleanupSessions(endedDaysAgo: 0) }');
    const { changes } = (await ask('{ changes(after: 3) { changes { kind sessionId } } }')).changes;
    expect(changes).toEqual(ids.map((sessionId) => ({ kind: 'SESSION_DELETED', sessionId })));
  });
});
