import { startApp, type TestApp } from '../support/app.js';
import { chatterOf } from '../support/chat.js';
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

it('keeps what came in time of an answer that takes too long', async () => {
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

it('stops an answer that does not end', async () => {
  const { pieces } = model;
  model.pieces = Array.from({ length: 300 }, () => 'more '.repeat(200));
  const { interaction } = await chatter.send({ text: 'Which?', wait: true });
  model.pieces = pieces;
  expect(interaction).toMatchObject({ status: 'FAILED', errorCode: 'TOO_LONG' });
  expect(interaction.answer.length).toBeLessThan(300_000);
});
