import { startApp, type TestApp } from '../support/app.js';
import { chatterOf, joined, shown } from '../support/chat.js';
import { createDatabase, dropDatabase } from '../support/database.js';
import { startModelServer, type ModelServer } from '../support/model-server.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/sockets.js';

const ANSWER = 'Lapsang Souchong, the smoky one.';
/** Each process looks for itself every 10 s: what comes sooner was told. */
const SOONER_THAN_RECHECK_MS = 8000;
const RECOLLECT_SECRET = 'a secret that all processes know, of some length';

let databaseUrl: string;
let model: ModelServer;
beforeAll(async () => {
  databaseUrl = await createDatabase();
  model = await startModelServer();
});
afterAll(async () => {
  await model.close();
  await dropDatabase(databaseUrl);
});

const start = (overrides = {}): Promise<TestApp> =>
  startApp({
    DATABASE_URL: databaseUrl,
    RECOLLECT_SECRET,
    LLM_BASE_URL: model.baseUrl,
    LLM_MODEL: 'test-model',
    ...overrides,
  });

async function streamsFromOneToTheOther(one: TestApp, two: TestApp): Promise<void> {
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  model.gates = gates.map(({ promise }) => promise);
  const chatter = await chatterOf(one);
  const { interaction } = await chatter.send({ text: 'Which?' });
  const watches = [one, two].map((app) => chatter.stream(interaction.id, app));
  for (const [index, gate] of gates.entries()) {
    gate.resolve();
    const text = model.pieces.slice(0, index + 1).join('');
    for (const watched of watches) await shown(watched, text, SOONER_THAN_RECHECK_MS);
  }
  for (const watched of watches) expect(joined(await watched.ended)).toBe(ANSWER);
}

it('an answer streams to whoever watches, at whichever process, and is cancelled from there', async () => {
  const [one, two] = await Promise.all([start(), start()]);
  await streamsFromOneToTheOther(one, two);

  model.gates = [undefined, Promise.withResolvers<void>().promise];
  const chatter = await chatterOf(one);
  const { interaction } = await chatter.send({ text: 'Cancelled?' });
  const watched = chatter.stream(interaction.id);
  await shown(watched, 'Lapsang');
  expect(await chatter.cancel(interaction.id, two)).toMatchObject({
    status: 'FAILED',
    errorCode: 'CANCELLED',
    answer: 'Lapsang',
  });
  expect((await watched.ended).at(-1)).toMatchObject({ done: true, status: 'FAILED' });
  await until(() => model.abandoned.includes('Cancelled?'));

  model.gates = [];
  const id = '0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d';
  const before = model.requests.length;
  const sent = await Promise.all(
    [one, two].map((app) => chatter.sendOver(app, { id, text: 'Once?', wait: true })),
  );
  expect(sent.map((payload) => payload.interaction.answer)).toEqual([ANSWER, ANSWER]);
  expect(model.requests).toHaveLength(before + 1);
  await Promise.all([one.close(), two.close()]);
});

it('through Redis too', async () => {
  const redis = new RedisServer();
  const REDIS_URL = await redis.start();
  const [one, two] = await Promise.all([start({ REDIS_URL }), start({ REDIS_URL })]);
  await until(() => redis.subscribers === 2);
  await streamsFromOneToTheOther(one, two);
  await Promise.all([one.close(), two.close()]);
  await redis.stop();
});

it('when a process is told to end, answers that can end, end; of the others stays what came', async () => {
  const [one, two] = await Promise.all([start(), start()]);
  const slow = Promise.withResolvers<void>();
  model.gates = [undefined, undefined, slow.promise];
  const chatter = await chatterOf(one);
  const { interaction } = await chatter.send({ text: 'Which?' });
  await shown(chatter.stream(interaction.id, two), 'Lapsang Souchong');
  const quick = Promise.withResolvers<void>();
  model.gates = [quick.promise];
  const other = await chatter.send({ text: 'And which?' });
  const watched = [interaction, other.interaction].map(({ id }) => chatter.stream(id, two));
  await Promise.all(watched.map((one) => one.atLeast(1)));
  const closed = one.close();
  quick.resolve();
  const [first, second] = await Promise.all(watched.map(({ ended }) => ended));
  expect(first!.at(-1).interaction).toMatchObject({
    status: 'FAILED',
    answer: 'Lapsang Souchong',
    errorCode: 'INTERRUPTED',
  });
  expect(second!.at(-1).interaction).toMatchObject({ status: 'COMPLETED', answer: ANSWER });
  await closed;
  slow.resolve();
  await two.close();
});
