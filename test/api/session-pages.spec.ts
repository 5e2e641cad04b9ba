import { startApp, type TestApp } from '../support/app.js';

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
const start = async (input: object) =>
  (await ask('mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }', { input }))
    .startSession;
const end = (input: object) =>
  ask('mutation ($input: EndSessionInput!) { endSession(input: $input) { id } }', { input });

describe('sessions', () => {
  const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: SessionFilterInput) {
    sessions(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      edges { node { id scope } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
  const list = async (args: object = {}) => (await ask(LIST, args)).sessions;
  const scopes = (page: any) => page.edges.map(({ node }: any) => node.scope);

  it('pages both ways in one statement a page, newest start first', async () => {
    for (let n = 0; n < 7; n++) await start({ scope: `s${n}` });
    const all = scopes(await list({ first: 100 }));
    expect(all).toEqual(['s6', 's5', 's4', 's3', 's2', 's1', 's0']);
    const first = await list({ first: 3 });
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = await list({ first: 3, after: first.pageInfo.endCursor });
    const third = await list({ first: 3, after: second.pageInfo.endCursor });
    expect([...scopes(first), ...scopes(second), ...scopes(third)]).toEqual(all);
    expect(third.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const back = await list({ last: 3, before: third.pageInfo.startCursor });
    expect(scopes(back)).toEqual(scopes(second));
    expect(scopes(await list({ last: 2 }))).toEqual(['s1', 's0']);
    expect(await app.statements(() => list({ first: 3 }))).toHaveLength(1);
  });

  it('does not skip or repeat while sessions are added', async () => {
    for (let n = 0; n < 4; n++) await start({ scope: `s${n}` });
    const first = await list({ first: 2 });
    await start({ scope: 'new' });
    expect(scopes(await list({ first: 10, after: first.pageInfo.endCursor }))).toEqual(['s1', 's0']);
  });

  it('filters by activity, type, scope and start', async () => {
    const old = await start({ scope: 'old', occurredAt: '2024-01-01T00:00:00Z' });
    await end({ id: old.id, occurredAt: '2024-01-01T00:01:00Z' });
    await start({ scope: 'call', type: 'VOICE_CALL' });
    await start({ scope: 'chat' });
    const by = async (filter: object) => scopes(await list({ filter })).sort();
    expect(await by({ active: true })).toEqual(['call', 'chat']);
    expect(await by({ active: false })).toEqual(['old']);
    expect(await by({ type: 'VOICE_CALL' })).toEqual(['call']);
    expect(await by({ scope: 'chat' })).toEqual(['chat']);
    expect(await by({ startedBefore: '2024-06-01T00:00:00Z' })).toEqual(['old']);
    expect(await by({ startedFrom: '2024-06-01T00:00:00Z' })).toEqual(['call', 'chat']);
  });

  it('filters by start to the millisecond, on every page', async () => {
    const times = [0, 1, 2, 3, 4].map((n) => `2024-01-01T00:00:00.00${n}Z`);
    for (const [n, occurredAt] of times.entries()) await start({ scope: `s${n}`, occurredAt });
    const filter = { startedFrom: times[1], startedBefore: times[3] };
    expect(scopes(await list({ filter }))).toEqual(['s2', 's1']);
    expect(scopes(await list({ filter, last: 1 }))).toEqual(['s1']);
    const { startCursor: after } = (await list({ filter, first: 1 })).pageInfo;
    expect(scopes(await list({ filter, after }))).toEqual(['s1']);
    const { startCursor: before } = (await list({ filter, last: 1 })).pageInfo;
    expect(scopes(await list({ filter, last: 9, before }))).toEqual(['s2']);
    await expect(list({ after })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
