import fc from 'fast-check';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';

const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: SessionFilterInput, $sort: SessionSortInput) {
  sessions(first: $first, after: $after, last: $last, before: $before, filter: $filter, sort: $sort) {
    edges { node { scope } cursor } pageInfo { hasNextPage startCursor endCursor } } }`;
const PAGE = `query ($offset: Int, $limit: Int, $filter: SessionFilterInput, $sort: SessionSortInput) {
  sessionPage(offset: $offset, limit: $limit, filter: $filter, sort: $sort) { sessions { scope } totalCount hasMore } }`;

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
const list = async (args: Record<string, unknown> = {}) => (await ask(LIST, args)).sessions;
const scopes = (page: any): string[] => page.edges.map(({ node }: any) => node.scope);
const by = async (filter: object) => scopes(await list({ filter, sort: { by: 'TITLE' } }));
const start = async (input: object): Promise<string> =>
  (await ask('mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }', { input }))
    .startSession.id;
const record = (input: object) =>
  ask(
    'mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }',
    { input: { question: 'q', ...input } },
  );
const update = (input: object) =>
  ask('mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id archivedAt } }', { input });
const end = (id: string, occurredAt?: string) =>
  ask('mutation ($input: EndSessionInput!) { endSession(input: $input) { id } }', {
    input: { id, occurredAt },
  });
const at = (minute: number) => new Date(Date.UTC(2024, 0, 1, 12, minute)).toISOString();

describe('a filter', () => {
  it('combines conditions freely', async () => {
    const web = await start({ scope: 'a', title: 'A', channel: 'web', tags: ['x', 'y'], pinned: true });
    await start({ scope: 'b', title: 'B', channel: 'telegram', tags: ['y'], type: 'VOICE_CALL' });
    await start({ scope: 'c', title: 'C', projectId: '0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d' });
    await record({ sessionId: web, error: 'boom' });
    expect(await by({ channel: 'telegram' })).toEqual(['b']);
    expect(await by({ tagsAny: ['x', 'y'] })).toEqual(['a', 'b']);
    expect(await by({ tagsAll: ['x', 'y'] })).toEqual(['a']);
    expect(await by({ tagsAll: ['y', 'x'] })).toEqual(['a']);
    expect(await by({ tagsAll: ['y'] })).toEqual(['a', 'b']);
    expect(await by({ tagsAll: [] })).toEqual(await by({}));
    expect(await by({ tagsAny: ['y'], type: 'VOICE_CALL' })).toEqual(['b']);
    expect(await by({ pinned: false })).toEqual(['b', 'c']);
    expect(await by({ hasErrors: true })).toEqual(['a']);
    expect(await by({ hasErrors: false, pinned: false, tagsAny: ['y'] })).toEqual(['b']);
    expect(await by({ projectId: '0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d' })).toEqual(['c']);
    expect(await by({ startedFrom: new Date(Date.now() + 3_600_000).toISOString() })).toEqual([]);
  });

  it('finds words of titles and tags, and takes what LIKE knows literally', async () => {
    await start({ scope: 'a', title: 'Reise nach KÖLN', tags: ['Urlaub', 'Herbst'] });
    await start({ scope: 'b', title: '100 % sure_ly' });
    expect(await by({ text: 'köln HERBST urlau' })).toEqual(['a']);
    expect(await by({ text: 'koln' })).toEqual(['a']);
    expect(await by({ text: 'köln taxes' })).toEqual([]);
    expect(await by({ text: '% e_l' })).toEqual(['b']);
    expect(await by({ text: '  ' })).toEqual(['b', 'a']);
  });

  it('shows the archive to those who ask for it', async () => {
    const id = await start({ scope: 'a', title: 'A' });
    await start({ scope: 'b', title: 'B' });
    expect((await update({ id, archived: true })).updateSession.archivedAt).not.toBeNull();
    expect(await by({})).toEqual(['b']);
    expect(scopes(await list())).toEqual(['b']);
    expect(await by({ archived: true })).toEqual(['a']);
    expect(await by({ archived: null })).toEqual(['a', 'b']);
    expect(await ask('{ currentSession(scope: "a") { scope } }')).toEqual({ currentSession: { scope: 'a' } });
    expect((await update({ id, archived: false })).updateSession.archivedAt).toBeNull();
    expect(await by({})).toEqual(['a', 'b']);
  });
});

describe('a sort', () => {
  /** Four sessions, of which the last is active; each order is another one. */
  async function four(): Promise<void> {
    const plan = [
      { scope: 'a', title: 'Äpfel', minutes: [0, 9], turns: 1 },
      { scope: 'b', title: 'zebra', minutes: [1, 3], turns: 3 },
      { scope: 'c', title: 'Birnen', minutes: [2, 8], turns: 2 },
    ];
    for (const { scope, title, minutes, turns } of plan) {
      const id = await start({ scope, title, occurredAt: at(minutes[0]!), idleTimeoutSeconds: 86_400 });
      for (let n = 0; n < turns; n++) await record({ sessionId: id, occurredAt: at(minutes[1]!) });
      await end(id, at(minutes[1]! + 1));
    }
    const id = await start({ scope: 'd', occurredAt: at(4), idleTimeoutSeconds: 86_400 });
    for (let n = 0; n < 4; n++) await record({ sessionId: id, occurredAt: at(7) });
  }
  const orders: [string, string][] = [
    ['STARTED', 'dcba'],
    ['LAST_ACTIVITY', 'acdb'],
    ['DURATION', 'acdb'],
    ['MESSAGES', 'dbca'],
    ['TITLE', 'bcad'],
  ];

  it.each(orders)(
    'by %s mixes ended and active sessions, pages both ways, and turns round',
    async (sort, expected) => {
      await four();
      const order = { by: sort, direction: sort === 'TITLE' ? 'DESC' : undefined };
      expect(scopes(await list({ sort: order })).join('')).toBe(expected);
      const first = await list({ sort: order, first: 2 });
      const second = await list({ sort: order, first: 2, after: first.pageInfo.endCursor });
      expect([...scopes(first), ...scopes(second)].join('')).toBe(expected);
      expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
      const back = await list({ sort: order, last: 2, before: second.pageInfo.startCursor });
      expect(scopes(back)).toEqual(scopes(first));
      const ascending = await list({ sort: { by: sort, direction: 'ASC' } });
      expect(scopes(ascending).reverse().join('')).toBe(expected);
      const { sessionPage } = await ask(PAGE, { sort: order, offset: 1, limit: 2 });
      expect(sessionPage.sessions.map(({ scope }: any) => scope).join('')).toBe(expected.slice(1, 3));
      expect(sessionPage).toMatchObject({ totalCount: 4, hasMore: true });
    },
  );

  it('follows a session that is resumed, recorded late and ended again', async () => {
    await four();
    const sort = { by: 'MESSAGES' };
    const [{ id }] = (
      await ask('{ sessions(filter: { scope: "a" }) { edges { node { id } } } }')
    ).sessions.edges.map(({ node }: any) => node);
    for (let n = 0; n < 3; n++) await record({ sessionId: id, occurredAt: at(5) });
    expect(scopes(await list({ sort }))).toEqual(['d', 'a', 'b', 'c']);
    await ask('mutation ($id: UUID!) { resumeSession(id: $id) { id } }', { id });
    await record({ sessionId: id });
    expect(scopes(await list({ sort }))[0]).toBe('a');
    await end(id);
    expect(scopes(await list({ sort: { by: 'LAST_ACTIVITY' } }))[0]).toBe('a');
  });

  it('takes no cursor of another sort, filter or direction', async () => {
    await four();
    const { endCursor } = (await list({ first: 1, sort: { by: 'TITLE' } })).pageInfo;
    const refused = { code: 'BAD_USER_INPUT', fields: { after: ['is not a cursor of this list'] } };
    const others = [
      {},
      { sort: { by: 'DURATION' } },
      { sort: { by: 'TITLE', direction: 'DESC' } },
      { sort: { by: 'TITLE' }, filter: { pinned: false } },
    ];
    for (const other of others) {
      await expect(list({ ...other, after: endCursor })).rejects.toMatchObject(refused);
    }
    await expect(list({ sort: { by: 'TITLE' }, after: `${endCursor}A` })).rejects.toMatchObject(refused);
    expect(scopes(await list({ sort: { by: 'TITLE', direction: 'ASC' }, after: endCursor }))).toHaveLength(3);
  });

  it('pages through titles of any length', async () => {
    for (const n of [1, 2, 3]) await start({ scope: `s${n}`, title: `${'\u{1f600}'.repeat(250)}${n}` });
    const sort = { by: 'TITLE' };
    const { endCursor } = (await list({ sort, first: 1 })).pageInfo;
    expect(scopes(await list({ sort, after: endCursor }))).toHaveLength(2);
  });
});

describe('a page', () => {
  it('shows first and last messages in the one statement that reads it', async () => {
    const id = await start({ scope: 'a' });
    await record({ sessionId: id, question: 'x'.repeat(300), answer: 'first answer' });
    await record({ sessionId: id, question: 'Why?', answer: 'Because.' });
    await start({ scope: 'b' });
    const fields = 'scope preview { role text isCut } lastMessage { role text isCut at interactionId }';
    let body: any;
    const sent = await app.statements(async () => {
      body = await ask(`{ sessions { edges { node { ${fields} } } } }`);
    });
    expect(sent).toHaveLength(1);
    const [none, some] = body.sessions.edges.map(({ node }: any) => node);
    expect(none).toMatchObject({ scope: 'b', preview: null, lastMessage: null });
    expect(some.preview).toEqual({ role: 'USER', text: 'x'.repeat(280), isCut: true });
    expect(some.lastMessage).toMatchObject({ role: 'ASSISTANT', text: 'Because.', isCut: false });
    const one = await ask(`query ($id: UUID!) { session(id: $id) { ${fields} } }`, { id });
    expect(one.session).toEqual(some);
    const pages = await app.statements(() => ask(`{ sessionPage { sessions { ${fields} } } }`));
    expect(pages).toHaveLength(1);
  });

  it('shows of a fork the first message that it sees', async () => {
    const id = await start({ scope: 'a' });
    const { recordInteraction } = await record({ sessionId: id, question: 'Where it all began' });
    await record({ sessionId: id, question: 'elsewhere' });
    const fork = `mutation ($input: ForkSessionInput!) { forkSession(input: $input) {
      id preview { text } lastMessage { text } } }`;
    const input = { sessionId: id, atInteraction: recordInteraction.interaction.id };
    const { forkSession } = await ask(fork, { input });
    expect(forkSession).toMatchObject({
      preview: { text: 'Where it all began' },
      lastMessage: { text: 'Where it all began' },
    });
    await record({ sessionId: forkSession.id, question: 'and goes on' });
    const { sessions } = await ask(
      '{ sessions(first: 1) { edges { node { preview { text } lastMessage { text } } } } }',
    );
    expect(sessions.edges[0].node).toEqual({
      preview: { text: 'Where it all began' },
      lastMessage: { text: 'and goes on' },
    });
  });

  it('that few sessions meet has those too that are far apart', async () => {
    // More than are looked at for a page of one before all are.
    const titles = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
    const all = titles.map(
      (title, n) => `s${n}: startSession(input: { scope: "common", title: "${title}" }) { id }`,
    );
    for (let from = 0; from < all.length; from += 20) {
      await ask(`mutation { ${all.slice(from, from + 20).join(' ')} }`);
    }
    for (const [scope, title] of [
      ['first', ''],
      ['last', '99'],
    ] as const) {
      await end(await start({ scope, title: title || undefined, pinned: true }));
    }
    const filter = { pinned: true };
    for (const direction of ['ASC', 'DESC']) {
      const sort = { by: 'TITLE', direction };
      const expected = direction === 'ASC' ? ['first', 'last'] : ['last', 'first'];
      const page = await list({ first: 1, filter, sort });
      expect([scopes(page), page.pageInfo.hasNextPage]).toEqual([[expected[0]], true]);
      const next = await list({ first: 1, filter, sort, after: page.pageInfo.endCursor });
      expect([scopes(next), next.pageInfo.hasNextPage]).toEqual([[expected[1]], false]);
      const second = (await ask(PAGE, { offset: 1, limit: 1, filter, sort })).sessionPage;
      expect(second).toEqual({ sessions: [{ scope: expected[1] }], totalCount: 2, hasMore: false });
    }
  });

  it('of 200 is the largest', async () => {
    for (const limit of [0, 201]) {
      await expect(ask(PAGE, { limit })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    }
    expect((await ask(PAGE, { limit: 200 })).sessionPage).toEqual({
      sessions: [],
      totalCount: 0,
      hasMore: false,
    });
  });
});

describe('while sessions change under the reader', () => {
  const SORTS = ['STARTED', 'LAST_ACTIVITY', 'DURATION', 'MESSAGES', 'TITLE'];
  const change = fc.oneof(
    fc.record({ kind: fc.constant('start' as const) }),
    fc.record({ kind: fc.constantFrom('record', 'rename', 'end', 'delete'), which: fc.nat(4) }),
  );
  let made = 0;

  async function apply(kind: string, id: string): Promise<void> {
    if (kind === 'record') await record({ sessionId: id });
    else if (kind === 'rename') await update({ id, title: `renamed ${made++}` });
    else if (kind === 'end') await end(id);
    else await ask('mutation ($id: UUID!) { deleteSession(id: $id) }', { id });
  }

  it('those that keep their place come exactly once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SORTS),
        fc.constantFrom('ASC', 'DESC'),
        fc.boolean(),
        fc.array(change, { minLength: 4, maxLength: 8 }),
        async (by, direction, backward, changes) => {
          ({ token } = await app.register());
          const still: string[] = [];
          const moving: string[] = [];
          for (let n = 0; n < 10; n++) {
            const scope = n % 2 === 0 ? `still ${n}` : `moving ${n}`;
            const id = await start({ scope, title: `${n % 3}`, occurredAt: at(n) });
            if (n % 4 < 2) await end(id, at(n + (n % 3)));
            if (n % 2 === 0) still.push(scope);
            else moving.push(id);
          }
          const sort = { by, direction };
          const before = scopes(await list({ sort })).filter((scope) => still.includes(scope));
          const seen: string[] = [];
          const left = [...changes];
          for (let cursor: string | null = null, more = true; more;) {
            const args: Record<string, unknown> = backward
              ? { last: 2, before: cursor, sort }
              : { first: 2, after: cursor, sort };
            const page: any = await list(args);
            const found = scopes(page);
            seen.push(...(backward ? found.reverse() : found));
            more = found.length === 2;
            cursor = backward ? page.pageInfo.startCursor : page.pageInfo.endCursor;
            const next = left.shift();
            if (next?.kind === 'start') await start({ scope: `new ${made++}` });
            else if (next) await apply(next.kind, moving[next.which]!).catch(() => {}); // deleted before
            if (seen.length > 60) throw new Error('The list has no end.');
          }
          const kept = seen.filter((scope) => still.includes(scope));
          expect(kept).toEqual(backward ? before.reverse() : before);
        },
      ),
      { numRuns: 25 },
    );
  });
});

it('an ended session is sorted by what it was at its end, which an index can hold', async () => {
  const id = await start({ scope: 'a', title: 'Old' });
  await record({ sessionId: id });
  await end(id);
  const [row] = (await execute(
    app.databaseUrl,
    `select e.title_key, e.last_activity_at = s.last_activity_at as activity, e.message_count as messages
     from ended_sessions e join sessions s using (user_id, id) where e.id = $1`,
    [id],
  )) as object[];
  expect(row).toEqual({ title_key: 'old', activity: true, messages: 1 });
});
