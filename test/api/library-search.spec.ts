import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';

const SEARCH = `query ($text: String!, $filter: SessionFilterInput, $first: Int = 10, $hits: Int = 3, $askedIn: UUID) {
  searchSessions(text: $text, filter: $filter, first: $first, hits: $hits, askedIn: $askedIn) {
    session { id title } score
    hits { role score cursor highlights { text ranges { start end } } interaction { id question answer } } } }`;
const AROUND = `query ($id: UUID!, $cursor: String!, $limit: Int = 21) { session(id: $id) {
  interactionsAround(cursor: $cursor, limit: $limit) {
    edges { node { id question } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;

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
const start = async (input: object): Promise<string> =>
  (await ask('mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }', { input }))
    .startSession.id;
const say = async (sessionId: string, ...turns: [question: string, answer?: string][]) => {
  for (const [question, answer] of turns) {
    await ask(
      'mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }',
      { input: { sessionId, question, answer } },
    );
  }
};
const search = async (text: string, more: object = {}) =>
  (await ask(SEARCH, { text, ...more })).searchSessions;
const titles = (found: any[]): string[] => found.map(({ session }) => session.title);

async function three(): Promise<Record<'tea' | 'rome' | 'mixed', string>> {
  const tea = await start({ scope: 'a', title: 'tea', tags: ['drinks'] });
  await say(
    tea,
    ['Which smoky tea did I like?', 'Lapsang is the smoky tea.'],
    ['Is smoky tea strong?', 'Quite.'],
  );
  const rome = await start({ scope: 'b', title: 'rome', type: 'VOICE_CALL' });
  await say(rome, ['Where is the Colosseum?', 'In Rome.']);
  const mixed = await start({ scope: 'c', title: 'mixed' });
  await say(mixed, ['We had tea in Rome.', 'How nice.'], ['It rained.', 'What a pity.']);
  return { tea, rome, mixed };
}

describe('searchSessions', () => {
  it('ranks sessions by their best hits, with what was found and where', async () => {
    await three();
    const found = await search('smoky tea');
    expect(titles(found)).toEqual(['tea', 'mixed']);
    const [first, second] = found;
    expect(first.score).toBeGreaterThan(second.score);
    expect(first.hits.length).toBeLessThanOrEqual(3);
    const [hit] = first.hits;
    const words = hit.highlights.flatMap(({ text, ranges }: any) =>
      ranges.map(({ start, end }: any) => text.slice(start, end)),
    );
    expect(words).toEqual(expect.arrayContaining(['smoky', 'tea']));
    const scores = first.hits.map(({ score }: any) => score);
    const weighed = scores.slice(0, 3).reduce((sum: number, one: number, n: number) => sum + one / 2 ** n, 0);
    expect(first.score).toBeCloseTo(weighed);
    expect((await search('smoky tea', { first: 1, hits: 1 })).map(({ hits }: any) => hits.length)).toEqual([
      1,
    ]);
  });

  it('keeps to the filter, to phrases and to what must not be said', async () => {
    const { tea } = await three();
    expect(titles(await search('tea', { filter: { tagsAny: ['drinks'] } }))).toEqual(['tea']);
    expect(titles(await search('Rome', { filter: { type: 'VOICE_CALL' } }))).toEqual(['rome']);
    expect(titles(await search('"tea in Rome"'))).toEqual(['mixed']);
    expect(titles(await search('tea -smoky', { hits: 1 }))).toContain('mixed');
    expect(await search('tea', { filter: { pinned: true } })).toEqual([]);
    const update = 'mutation ($id: UUID!) { updateSession(input: { id: $id, archived: true }) { id } }';
    await ask(update, { id: tea });
    expect(titles(await search('smoky tea'))).toContain('tea');
    expect(titles(await search('smoky tea', { filter: { archived: false } }))).not.toContain('tea');
    const { recall } = await ask('{ recall(query: "smoky tea") { interaction { session { title } } } }');
    expect(recall[0].interaction.session.title).toBe('tea');
  });

  it('asked in a group sees what the group may see', async () => {
    await three();
    const group = await start({ scope: 'g', title: 'group', privacy: 'GROUP' });
    await say(group, ['Who brings tea?', 'Ada does.']);
    expect(titles(await search('tea', { askedIn: group }))).toEqual(['group']);
    await expect(search('tea', { askedIn: randomUUID() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { key } = await app.createKey(token);
    const { body } = await app.graphql(SEARCH, { text: 'tea' }, key, 'telegram:1');
    expect(body.errors![0]!.extensions['code']).toBe('BAD_USER_INPUT');
  });
});

describe('the cursor of a hit', () => {
  it('leads to its place in the session, from where the log goes on both ways', async () => {
    const id = await start({ scope: 'a' });
    const turns = Array.from({ length: 12 }, (_, n): [string] => [n === 6 ? 'the needle' : `straw ${n}`]);
    await say(id, ...turns);
    const [{ hits }] = await search('needle');
    const cursor = hits[0].cursor;
    const read = async (limit: number) =>
      (await ask(AROUND, { id, cursor, limit })).session.interactionsAround;
    const questions = (page: any) => page.edges.map(({ node }: any) => node.question);
    const page = await read(5);
    expect(questions(page)).toEqual(['straw 4', 'straw 5', 'the needle', 'straw 7', 'straw 8']);
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect(questions(await read(1))).toEqual(['the needle']);
    expect((await read(100)).pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    const on = `query ($id: UUID!, $after: String!, $before: String!) { session(id: $id) {
      later: interactions(first: 2, after: $after) { edges { node { question } } }
      earlier: interactions(last: 2, before: $before) { edges { node { question } } } } }`;
    const { endCursor: after, startCursor: before } = page.pageInfo;
    const { later, earlier } = (await ask(on, { id, after, before })).session;
    expect([questions(earlier), questions(later)]).toEqual([
      ['straw 2', 'straw 3'],
      ['straw 9', 'straw 10'],
    ]);
    await ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: hits[0].interaction.id });
    expect(questions(await read(3))).toEqual(['straw 5', 'straw 7', 'straw 8']);
  });

  it('is good for its session only', async () => {
    const { tea, rome } = await three();
    const [{ hits }] = await search('smoky', { filter: { tagsAny: ['drinks'] } });
    expect((await ask(AROUND, { id: tea, cursor: hits[0].cursor })).session).not.toBeNull();
    await expect(ask(AROUND, { id: rome, cursor: hits[0].cursor })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { cursor: ['is not a cursor of this list'] },
    });
  });
});

describe('sessionStats', () => {
  const STATS = `{ sessionStats { total { sessions messages minutes } today { sessions } thisWeek { sessions } archived
    byType { type sessions messages } byChannel { channel sessions } } }`;

  it('counts in the time zone of the user, in one statement, archived ones too', async () => {
    const { tea } = await three();
    await ask('mutation ($id: UUID!) { updateSession(input: { id: $id, archived: true }) { id } }', {
      id: tea,
    });
    await ask(
      'mutation { startSession(input: { scope: "x", channel: "web", occurredAt: "2024-01-01T00:00:00Z" }) { id } }',
    );
    await execute(
      app.databaseUrl,
      "update sessions set last_activity_at = started_at + interval '90 seconds' where user_id = $1 and channel = 'web'",
      [userId],
    );
    const statements = await app.statements(() => ask(STATS));
    expect(statements.map(({ name }) => name)).toEqual(['session_stats']);
    const { sessionStats } = await ask(STATS);
    expect(sessionStats).toMatchObject({
      total: { sessions: 4, messages: 10 },
      archived: 1,
      byType: [
        { type: 'TEXT_CHAT', sessions: 3, messages: 8 },
        { type: 'VOICE_CALL', sessions: 1, messages: 2 },
      ],
      byChannel: [
        { channel: null, sessions: 3 },
        { channel: 'web', sessions: 1 },
      ],
    });
    expect(sessionStats.total.minutes).toBeCloseTo(1.5, 0);
  });

  it('begins days and weeks where the user is', async () => {
    const at = async (zone: string, unit: string, shift: string) => {
      const [row] = (await execute(
        app.databaseUrl,
        `select (date_trunc($1, now(), $2) + $3::interval)::timestamptz as at`,
        [unit, zone, shift],
      )) as { at: Date }[];
      return row!.at.toISOString();
    };
    const zone = 'Pacific/Kiritimati'; // 14 hours ahead of UTC
    await ask('mutation ($zone: String!) { updateMe(input: { timeZone: $zone }) { id } }', { zone });
    await start({ scope: 'before', occurredAt: await at(zone, 'week', '-1 millisecond') });
    await start({ scope: 'week', occurredAt: await at(zone, 'week', '0') });
    const { sessionStats: week } = await ask(STATS);
    expect(week.thisWeek.sessions).toBe(1);
    await start({ scope: 'yesterday', occurredAt: await at(zone, 'day', '-1 millisecond') });
    const before = (await ask(STATS)).sessionStats.today.sessions;
    await start({ scope: 'today', occurredAt: await at(zone, 'day', '0') });
    expect((await ask(STATS)).sessionStats.today.sessions).toBe(Number(before) + 1);
  });

  it('of nobody’s sessions is all zeros', async () => {
    const { sessionStats } = await ask(STATS);
    expect(sessionStats.total).toEqual({ sessions: 0, messages: 0, minutes: 0 });
    expect(sessionStats.byType).toEqual([]);
  });
});
