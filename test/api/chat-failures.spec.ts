import { startApp, type TestApp } from '../support/app.js';
import { chatterOf, joined, shown } from '../support/chat.js';
import { startModelServer, type ModelServer } from '../support/model-server.js';

const ANSWER = 'Lapsang Souchong, the smoky one.';

let model: ModelServer;
let app: TestApp;
let chatter: Awaited<ReturnType<typeof chatterOf>>;

beforeAll(async () => {
  model = await startModelServer();
});
afterAll(() => model.close());
// Another one for each test: a model that asked for a pause is not asked before.
beforeEach(async () => {
  app = await startApp({
    LLM_BASE_URL: model.baseUrl,
    LLM_MODEL: 'test-model',
    LLM_API_KEY: 'key-of-the-operator',
    LLM_TIMEOUT_SECONDS: '3',
  });
  chatter = await chatterOf(app);
  model.gates = [];
  model.requests.length = 0;
});
afterEach(() => app.close());

const failed = async (text: string) => (await chatter.send({ text, wait: true })).interaction;

it.each([
  ['error', 'UNAVAILABLE', 'The model answered with status 500.'],
  ['html', 'BAD_RESPONSE', 'The model did not answer as an OpenAI-compatible endpoint does.'],
  ['rejected', 'REJECTED', 'The model answered with status 401.'],
  ['rate-limited for long', 'RATE_LIMITED', 'The model answered with status 429.'],
  ['silent', 'TIMEOUT', 'The model took too long.'],
] as const)(
  'a model that is %s fails the interaction with %s, and the question stays',
  async (what, code, error) => {
    model.next(what);
    expect(await failed('secret question')).toMatchObject({
      status: 'FAILED',
      question: 'secret question',
      answer: null,
      errorCode: code,
      error,
      usage: { calls: 0 },
    });
  },
);

it('waits when the model asks for a pause that leaves time for an answer', async () => {
  model.next('rate-limited', 'rate-limited');
  expect(await failed('Which?')).toMatchObject({ status: 'COMPLETED', answer: ANSWER });
  expect(model.requests).toHaveLength(3);
});

it('does not ask before a longer pause is over', async () => {
  model.next('rate-limited for long');
  await failed('Which?');
  expect(await failed('And now?')).toMatchObject({ errorCode: 'RATE_LIMITED' });
  expect(model.requests).toHaveLength(1);
});

it('keeps what came of a stream that broke off, and counts what it took', async () => {
  model.next('cut');
  const { interaction, session } = await chatter.send({ text: 'Which?', wait: true });
  expect(interaction).toMatchObject({
    status: 'FAILED',
    errorCode: 'CUT_OFF',
    answer: ANSWER,
    answerTokens: 11,
  });
  expect(interaction.usage).toMatchObject({ answerTokens: 11, calls: 1 });
  expect(interaction.usage.promptTokens).toBeGreaterThan(20);
  expect(session).toMatchObject({ errorCount: 1, outputTokens: 11 });
  expect(await chatter.regenerate(interaction.id, true)).toMatchObject({
    status: 'COMPLETED',
    versions: [{ status: 'FAILED', errorCode: 'CUT_OFF', answer: ANSWER }, { status: 'COMPLETED' }],
  });
});

describe('a regeneration that fails', () => {
  const rate = 'mutation ($id: UUID!) { rateInteraction(input: { id: $id, rating: 4 }) { id } }';
  const counts = `query ($id: UUID!) { session(id: $id) {
    interactionCount assistantMessageCount errorCount inputTokens outputTokens } }`;
  let id: string;
  let sessionId: string;
  let before: object;
  beforeEach(async () => {
    const { interaction } = await chatter.send({ text: 'Which?', wait: true });
    ({ id, sessionId } = interaction);
    await chatter.ask(rate, { id });
    before = (await chatter.ask(counts, { id: sessionId })).session;
  });

  it('leaves the answer before as it was, and tells why to who waits, watches or comes late', async () => {
    const [{ contextUsed }, { pieces }] = [await chatter.read(id), model];
    model.next('error');
    const waited = await chatter.regenerate(id, true);
    expect(waited).toMatchObject({ status: 'COMPLETED', answer: ANSWER, errorCode: null, contextUsed });
    expect(waited.versions).toMatchObject([
      { version: 1, status: 'COMPLETED', answer: ANSWER, rating: 4, finishReason: 'stop', errorCode: null },
      { version: 2, status: 'FAILED', answer: null, errorCode: 'UNAVAILABLE' },
    ]);
    expect(await chatter.stream(id).ended).toMatchObject([
      { version: 1, text: ANSWER, done: true, status: 'COMPLETED', errorCode: 'UNAVAILABLE' },
    ]);

    let open = () => {};
    model.gates[1] = new Promise<void>((resolve) => (open = resolve));
    model.pieces = ['Only', ' a part'];
    model.next('cut');
    await chatter.regenerate(id);
    const watched = chatter.stream(id);
    await shown(watched, 'Only');
    open();
    expect(joined(await watched.ended)).toBe('Only a part');
    expect((await watched.ended).at(-1)).toMatchObject({
      version: 3,
      status: 'FAILED',
      errorCode: 'CUT_OFF',
      error: 'The answer of the model broke off.',
      interaction: { status: 'COMPLETED', answer: ANSWER, errorCode: null },
    });
    model.pieces = pieces;
    expect((await chatter.ask(counts, { id: sessionId })).session).toEqual(before);

    model.gates = [];
    const { status, versions } = await chatter.regenerate(id, true);
    expect(status).toBe('COMPLETED');
    expect(versions.map((one: any) => [one.version, one.status, one.answer, one.rating])).toEqual([
      [1, 'COMPLETED', ANSWER, 4],
      [2, 'FAILED', null, null],
      [3, 'FAILED', 'Only a part', null],
      [4, 'COMPLETED', ANSWER, null],
    ]);
  });

  it('or is cancelled does so too', async () => {
    model.gates[1] = new Promise(() => undefined);
    await chatter.regenerate(id);
    await shown(chatter.stream(id), 'Lapsang');
    const cancelled = await chatter.cancel(id);
    expect(cancelled).toMatchObject({ status: 'COMPLETED', answer: ANSWER });
    expect(cancelled.versions.at(-1)).toMatchObject({ answer: 'Lapsang', errorCode: 'CANCELLED' });
  });
});

it('ends an answer that takes too long in all', async () => {
  const service = await startApp({
    ...{ LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'test-model' },
    ...{ LLM_TIMEOUT_SECONDS: '60', LLM_ANSWER_SECONDS: '2' },
  });
  try {
    model.gates[2] = new Promise(() => undefined);
    const { interaction } = await (await chatterOf(service)).send({ text: 'Which?', wait: true });
    expect(interaction).toMatchObject({ status: 'FAILED', errorCode: 'TIMEOUT' });
  } finally {
    await service.close();
  }
});

it('keeps what came of an answer before a silence', async () => {
  model.gates[2] = new Promise(() => undefined);
  expect(await failed('Which?')).toMatchObject({ errorCode: 'TIMEOUT', answer: 'Lapsang Souchong' });
});

it('takes an answer without a word for none, and one that ran out of tokens for what it is', async () => {
  const { pieces } = model;
  Object.assign(model, { pieces: [], finishReason: 'length' });
  expect(await failed('Which?')).toMatchObject({
    errorCode: 'BAD_RESPONSE',
    error: 'The model answered nothing.',
  });
  Object.assign(model, { pieces, usage: null });
  const { interaction } = await chatter.send({ text: 'Which?', wait: true });
  expect(interaction).toMatchObject({ status: 'COMPLETED', usage: { answerTokens: 11, calls: 1 } });
  expect(interaction.versions).toMatchObject([{ finishReason: 'length' }]);
  Object.assign(model, {
    finishReason: 'stop',
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
});

it.each([-5, 1e300, 0.5])('counts itself what a model says took %d tokens', async (tokens) => {
  const told = model.usage;
  model.usage = { prompt_tokens: tokens, completion_tokens: tokens, total_tokens: tokens };
  const { interaction } = await chatter.send({ text: 'Which?', wait: true });
  model.usage = told;
  expect(interaction).toMatchObject({ status: 'COMPLETED', usage: { answerTokens: 11, calls: 1 } });
});

it('stops an answer that does not end', async () => {
  const { pieces } = model;
  model.pieces = Array.from({ length: 300 }, () => 'more '.repeat(200));
  const { interaction } = await chatter.send({ text: 'Which?', wait: true });
  model.pieces = pieces;
  expect(interaction).toMatchObject({ status: 'FAILED', errorCode: 'TOO_LONG' });
  expect(interaction.answer.length).toBeLessThan(300_000);
});
