import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';

const RESULT = 'changed items { sessionId changed error { code message fields } }';

let app: TestApp;
let token: string;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  ({ token } = await app.register());
});

const ask = (query: string, variables?: object) => app.ask(query, variables, token);
const start = async (input: object): Promise<string> =>
  (await ask('mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }', { input }))
    .startSession.id;
const read = async (id: string) =>
  (
    await ask(
      `query ($id: UUID!) { session(id: $id) { pinned archivedAt tags tokenLimit endReason endedAt revision } }`,
      {
        id,
      },
    )
  ).session;
const revision = async (): Promise<number> => (await ask('{ me { revision } }')).me.revision;
const changesAfter = async (after: number) =>
  (
    await ask('query ($after: Revision!) { changes(after: $after) { changes { kind sessionId } } }', {
      after,
    })
  ).changes.changes;
const update = async (selection: object, changes: object) =>
  (
    await ask(
      `mutation ($selection: SessionSelectionInput!, $changes: BulkUpdateInput!) {
        bulkUpdateSessions(selection: $selection, changes: $changes) { ${RESULT} } }`,
      { selection, changes },
    )
  ).bulkUpdateSessions;
const tag = async (selection: object, tags: object) =>
  (
    await ask(
      `mutation ($selection: SessionSelectionInput!, $tags: BulkTagInput!) {
        bulkTagSessions(selection: $selection, tags: $tags) { ${RESULT} } }`,
      { selection, tags },
    )
  ).bulkTagSessions;
const run = async (field: string, selection: object) =>
  (
    await ask(
      `mutation ($selection: SessionSelectionInput!) { ${field}(selection: $selection) { ${RESULT} } }`,
      { selection },
    )
  )[field];

async function three(): Promise<string[]> {
  const ids: string[] = [];
  for (const scope of ['a', 'b', 'c']) ids.push(await start({ scope, tags: ['x'] }));
  return ids;
}

describe('a bulk by ids', () => {
  it('changes what differs, tells of each, and takes a step for each that changed', async () => {
    const [a, b, c] = await three();
    await update({ ids: [b] }, { pinned: true });
    const before = await revision();
    const stranger = randomUUID();
    const result = await update({ ids: [c, a, b, stranger, a] }, { pinned: true });
    expect(result.changed).toBe(2);
    expect(result.items.map(({ sessionId, changed }: any) => [sessionId, changed])).toEqual([
      [c, true],
      [a, true],
      [b, false],
      [stranger, false],
    ]);
    expect(result.items.map(({ error }: any) => error?.code)).toEqual([
      undefined,
      undefined,
      undefined,
      'NOT_FOUND',
    ]);
    expect(await revision()).toBe(before + 2);
    expect(await changesAfter(before)).toEqual([
      { kind: 'SESSION_UPDATED', sessionId: c },
      { kind: 'SESSION_UPDATED', sessionId: a },
    ]);
    expect(await read(c!)).toMatchObject({ pinned: true, revision: before + 1 });
  });

  it('archives, restores and limits', async () => {
    const ids = await three();
    await update({ ids }, { archived: true, tokenLimit: 9000 });
    const archived = await read(ids[0]!);
    expect(archived).toMatchObject({ tokenLimit: 9000, archivedAt: expect.any(String) });
    expect((await update({ ids }, { archived: true })).changed).toBe(0);
    await update({ ids }, { archived: false });
    expect((await read(ids[0]!)).archivedAt).toBeNull();
  });

  it('ends as endSession would', async () => {
    const [a, b, c] = await three();
    await ask('mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }', { id: a });
    const idle = await start({ scope: 'idle', occurredAt: '2024-01-01T00:00:00Z' });
    expect((await run('bulkEndSessions', { ids: [a, b, c, idle] })).changed).toBe(3);
    expect(await read(b!)).toMatchObject({ endReason: 'EXPLICIT' });
    expect(await read(idle)).toMatchObject({
      endReason: 'IDLE_TIMEOUT',
      endedAt: '2024-01-01T00:00:00.000Z',
    });
  });

  it('deletes for good, and tells of it in changes', async () => {
    const [a, b, c] = await three();
    const before = await revision();
    expect((await run('bulkDeleteSessions', { ids: [a, c] })).changed).toBe(2);
    expect(await changesAfter(before)).toEqual([
      { kind: 'SESSION_DELETED', sessionId: a },
      { kind: 'SESSION_DELETED', sessionId: c },
    ]);
    await expect(read(a!)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await read(b!)).toMatchObject({ tags: ['x'] });
    expect((await run('bulkDeleteSessions', { ids: [a] })).items[0].error.code).toBe('NOT_FOUND');
  });

  it('tags, and refuses only those that would have too many', async () => {
    const [a, b] = await three();
    const many = Array.from({ length: 50 }, (_, n) => `t${n}`);
    await ask('mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id } }', {
      input: { id: b, tags: many },
    });
    const result = await tag({ ids: [a, b] }, { add: ['y', 'x', 'z', 'y'], remove: ['nothing'] });
    expect((await read(a!)).tags).toEqual(['x', 'y', 'z']);
    expect(result.changed).toBe(1);
    expect(result.items[1]).toMatchObject({ changed: false, error: { code: 'BAD_USER_INPUT' } });
    expect((await read(b!)).tags).toEqual(many);
    expect((await tag({ ids: [b] }, { add: ['new'], remove: ['t3'] })).changed).toBe(1);
    await expect(tag({ ids: [a] }, { add: ['y'], remove: ['y'] })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('takes at most 1,000, and not ids and a filter', async () => {
    const refused = { code: 'BAD_USER_INPUT' };
    const ids = Array.from({ length: 1001 }, () => randomUUID());
    for (const selection of [
      { ids },
      { ids: [] },
      {},
      { ids: [randomUUID()], filter: {}, expectedCount: 0 },
    ]) {
      await expect(update(selection, { pinned: true })).rejects.toMatchObject(refused);
    }
    await expect(update({ filter: {} }, { pinned: true })).rejects.toMatchObject(refused);
    await expect(update({ ids: ids.slice(1), expectedCount: 1 }, {})).rejects.toMatchObject(refused);
    expect((await update({ ids: ids.slice(1) }, { pinned: true })).items).toHaveLength(1000);
  });
});

describe('a bulk by filter', () => {
  it('changes all that sessionPage lists, when they are as many as expected', async () => {
    const [a, b] = await three();
    await tag({ ids: [a, b] }, { add: ['trip'] });
    await update({ ids: [b] }, { archived: true });
    const filter = { tagsAll: ['trip'], text: 'TRIP' };
    const { sessionPage } = await ask(
      'query ($filter: SessionFilterInput) { sessionPage(filter: $filter) { totalCount } }',
      { filter },
    );
    expect(sessionPage.totalCount).toBe(1);
    const before = await revision();
    await expect(run('bulkDeleteSessions', { filter, expectedCount: 2 })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(await revision()).toBe(before);
    const result = await run('bulkDeleteSessions', { filter, expectedCount: 1 });
    expect(result).toEqual({ changed: 1, items: [{ sessionId: a, changed: true, error: null }] });
    const both = { filter: { ...filter, archived: null }, expectedCount: 1 };
    expect((await update(both, { pinned: true })).items[0].sessionId).toBe(b);
  });

  it('understands every condition as the list does', async () => {
    const projectId = randomUUID();
    const id = await start({
      ...{
        scope: 'all',
        type: 'VOICE_CALL',
        channel: 'web',
        title: 'Große Reise',
        tags: ['x', 'y'],
        projectId,
      },
      pinned: true,
    });
    await three();
    const filter = {
      ...{ active: true, type: 'VOICE_CALL', scope: 'all', channel: 'web', projectId, pinned: true },
      ...{ archived: false, hasErrors: false, tagsAll: ['x', 'y'], tagsAny: ['y', 'z'], text: 'reise' },
      ...{ startedFrom: '2024-01-01T00:00:00Z', startedBefore: '2100-01-01T00:00:00Z' },
    };
    const result = await update({ filter, expectedCount: 1 }, { pinned: false });
    expect(result.items).toEqual([{ sessionId: id, changed: true, error: null }]);
    const others = {
      ...{
        active: false,
        type: 'TEXT_CHAT',
        scope: 'b',
        channel: 'x',
        projectId: randomUUID(),
        hasErrors: true,
      },
      ...{ tagsAll: ['z'], tagsAny: ['z'], text: 'taxes', startedFrom: filter.startedBefore },
      startedBefore: filter.startedFrom,
    };
    for (const [name, value] of Object.entries(others)) {
      const none = { ...filter, pinned: null, [name]: value };
      expect((await update({ filter: none, expectedCount: 0 }, { pinned: true })).items).toEqual([]);
    }
  });
});

describe('tags', () => {
  const list = async () => (await ask('{ tags { tag sessions } }')).tags;
  const rename = async (from: string, to: string) =>
    (await ask('mutation ($from: String!, $to: String!) { renameTag(tag: $from, to: $to) }', { from, to }))
      .renameTag;

  it('are counted, renamed, merged and removed in all sessions', async () => {
    const a = await start({ scope: 'a', tags: ['tea', 'work', 'teas'] });
    const b = await start({ scope: 'b', tags: ['teas'] });
    await start({ scope: 'c', tags: ['work'] });
    await update({ ids: [b] }, { archived: true });
    expect(await list()).toEqual([
      { tag: 'teas', sessions: 2 },
      { tag: 'work', sessions: 2 },
      { tag: 'tea', sessions: 1 },
    ]);
    const before = await revision();
    expect(await rename('teas', 'tea')).toBe(2);
    expect(await revision()).toBe(before + 2);
    expect((await changesAfter(before)).map(({ sessionId }: any) => sessionId).sort()).toEqual([a, b].sort());
    expect((await read(a)).tags).toEqual(['tea', 'work']);
    expect((await read(b)).tags).toEqual(['tea']);
    expect(await rename('tea', 'tea')).toBe(0);
    expect(await rename('unknown', 'tea')).toBe(0);
    const { removeTag } = await ask('mutation { removeTag(tag: "work") }');
    expect(removeTag).toBe(2);
    expect(await list()).toEqual([{ tag: 'tea', sessions: 2 }]);
    expect((await ask('{ tags(limit: 1) { tag } }')).tags).toHaveLength(1);
  });
});
