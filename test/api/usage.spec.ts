import { UsageKind } from '../../src/usage/usage.model.js';
import { UsageService } from '../../src/usage/usage.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';

const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id } session { id } } }`;
const USAGE = `query ($from: DateTime!, $to: DateTime, $by: UsageGroupBy) {
  usage(from: $from, to: $to, groupBy: $by) { day kind model sessionId promptTokens answerTokens calls } }`;
const NOTHING = { day: null, kind: null, model: null, sessionId: null };
const START = '2020-01-01T00:00:00Z';

let server: TestApp;
let ledger: UsageService;
let token: string;
let userId: string;
let interactionId: string;
let sessionId: string;

beforeAll(async () => {
  server = await startApp();
  ledger = server.app.get(UsageService);
});
afterAll(() => server.close());

beforeEach(async () => {
  ({ token, userId } = await server.register());
  const { recordInteraction } = await ask(RECORD, { input: { question: 'How much?' } });
  interactionId = recordInteraction.interaction.id;
  sessionId = recordInteraction.session.id;
  const use = { model: 'large', promptTokens: 100, answerTokens: 20 };
  await ledger.record(userId, { ...use, kind: UsageKind.CHAT, interactionId });
  await ledger.record(userId, { ...use, kind: UsageKind.CHAT, interactionId, promptTokens: 200 });
  await ledger.record(userId, { ...use, kind: UsageKind.SUMMARY, model: 'small', sessionId });
  await ledger.record(userId, { ...use, kind: UsageKind.EMBEDDING, model: 'small', answerTokens: 0 });
});

const ask = (query: string, variables?: object) => server.ask(query, variables, token);

const usage = async (by?: string, range: object = {}): Promise<any[]> =>
  (await ask(USAGE, { from: START, by, ...range })).usage;

test('sums what models took, by kind, model and session, most first', async () => {
  expect(await usage('KIND')).toEqual([
    { ...NOTHING, kind: 'CHAT', promptTokens: 300, answerTokens: 40, calls: 2 },
    { ...NOTHING, kind: 'SUMMARY', promptTokens: 100, answerTokens: 20, calls: 1 },
    { ...NOTHING, kind: 'EMBEDDING', promptTokens: 100, answerTokens: 0, calls: 1 },
  ]);
  expect(await usage('MODEL')).toEqual([
    { ...NOTHING, model: 'large', promptTokens: 300, answerTokens: 40, calls: 2 },
    { ...NOTHING, model: 'small', promptTokens: 200, answerTokens: 20, calls: 2 },
  ]);
  expect(await usage('SESSION')).toEqual([
    { ...NOTHING, sessionId, promptTokens: 400, answerTokens: 60, calls: 3 },
    { ...NOTHING, promptTokens: 100, answerTokens: 0, calls: 1 },
  ]);
});

test('sums by the days of the user, within the range asked for', async () => {
  await ask('mutation { updateMe(input: { timeZone: "Asia/Tokyo" }) { id } }');
  const moments = [
    '2026-03-01T14:59:00Z',
    '2026-03-01T15:00:00Z',
    '2026-03-02T14:59:00Z',
    '2026-03-02T15:00:00Z',
  ];
  await execute(
    server.databaseUrl,
    `update token_usage u set at = moment from (
       select id, ($2::timestamptz[])[row_number() over (order by id)] as moment from token_usage where user_id = $1
     ) m where u.user_id = $1 and u.id = m.id`,
    [userId, moments],
  );
  expect((await usage()).map(({ day, calls }) => [day, calls])).toEqual([
    ['2026-03-01', 1],
    ['2026-03-02', 2],
    ['2026-03-03', 1],
  ]);
  const some = await usage('DAY', { from: moments[1], to: moments[3] });
  expect(some.map(({ day, calls }) => [day, calls])).toEqual([['2026-03-02', 2]]);
  await expect(usage('DAY', { from: moments[1], to: moments[0] })).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: { to: ['must not be before from'] },
  });
});

test('an interaction shows what it took, and all of them are read at once', async () => {
  await ask(RECORD, { input: { question: 'And this?' } });
  const query = '{ recentInteractions(limit: 5) { usage { promptTokens answerTokens calls } } }';
  expect((await ask(query)).recentInteractions.map((one: any) => one.usage)).toEqual([
    { promptTokens: 0, answerTokens: 0, calls: 0 },
    { promptTokens: 300, answerTokens: 40, calls: 2 },
  ]);
  const sent = await server.statements(() => ask(query));
  expect(sent.filter(({ name }) => name.startsWith('usage')).length).toBe(1);
});

test('is not a change of the user’s data', async () => {
  const { me } = await ask('{ me { revision } }');
  await ledger.record(userId, { kind: UsageKind.CHAT, model: 'm', promptTokens: 1, answerTokens: 1 });
  expect((await ask('{ me { revision } }')).me).toEqual(me);
});

test('stays counted when what it was for is deleted, and is no other user’s', async () => {
  await ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: interactionId });
  expect((await usage('SESSION'))[0]).toMatchObject({ sessionId, promptTokens: 400 });
  await ask('mutation ($id: UUID!) { deleteSession(id: $id) }', { id: sessionId });
  expect(await usage('SESSION')).toEqual([{ ...NOTHING, promptTokens: 500, answerTokens: 60, calls: 4 }]);
  ({ token } = await server.register());
  expect(await usage('KIND')).toEqual([]);
});

test('of what was deleted meanwhile is kept without a reference; of a user who is gone, nothing', async () => {
  const use = { kind: UsageKind.CHAT, model: 'late', promptTokens: 7, answerTokens: 0 };
  await ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: interactionId });
  await ledger.record(userId, { ...use, interactionId });
  expect((await usage('MODEL')).find(({ model }) => model === 'late')).toMatchObject({ promptTokens: 7 });
  await ask('mutation { deleteMe(password: "correct horse battery") { at } }');
  await ledger.record(userId, use);
  expect(await execute(server.databaseUrl, 'select from token_usage where user_id = $1', [userId])).toEqual(
    [],
  );
});
