import { setTimeout as sleep } from 'node:timers/promises';
import { startApp, type TestApp } from '../support/app.js';
import { startModelServer, type ModelServer } from '../support/model-server.js';
import { isDue, NOW, personOf, RECORD, type Person } from '../support/summaries.js';

describe('by a model', () => {
  let model: ModelServer;
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    model = await startModelServer();
    app = await startApp({
      BACKGROUND_SUMMARIES: 'true',
      LLM_BASE_URL: model.baseUrl,
      LLM_MODEL: 'test-model',
      LLM_TIMEOUT_SECONDS: '1',
      REDACT_EMAILS: 'true',
      REDACT_PHONES: 'true',
    });
  });
  beforeEach(async () => {
    model.always(undefined);
    model.requests.length = 0;
    ada = await personOf(app);
  });
  afterAll(async () => {
    await app.close();
    await model.close();
  });

  it('a summary says which model wrote it from what, and what that took is in the ledger', async () => {
    const id = await ada.start(10_000);
    await ada.record(id, 5);
    const { summarizeSession } = await ada.ask(NOW, { id });
    expect(summarizeSession).toMatchObject({
      text: model.answer.summary,
      producedBy: 'test-model',
      promptHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const usage =
      '{ usage(from: "2020-01-01T00:00:00Z", groupBy: SESSION) { sessionId promptTokens answerTokens calls } }';
    const spent = { sessionId: id, promptTokens: 1, answerTokens: 1, calls: 1 };
    expect((await ada.ask(usage)).usage).toEqual([spent]);
  });

  it('it is sent no secret and none is taken from it, nor an address or number', async () => {
    const key = `sk-proj-${'a1B2c3D4'.repeat(5)}`;
    const secrets = [key, '4111 1111 1111 1111', 'ann@example.org', '+49 170 1234567'];
    const id = await ada.start(10_000);
    await ada.ask(RECORD, {
      items: [{ sessionId: id, question: `Store ${secrets.join(' and ')}.`, answer: `Stored ${key}.` }],
    });
    await ada.record(id, 4);
    const { summary } = model.answer;
    model.answer.summary = `The user said ${secrets.join(', ')} and asked to store it.`;
    const { summarizeSession } = await ada.ask(NOW, { id });
    model.answer.summary = summary;
    const sent = JSON.stringify(model.requests);
    expect(sent).toContain('Store [secret] and [card] and [e-mail] and [phone].');
    for (const secret of secrets) {
      expect(sent).not.toContain(secret);
      expect(summarizeSession.text).not.toContain(secret);
    }
    expect(summarizeSession.text).toBe(
      'The user said [secret], [card], [e-mail], [phone] and asked to store it.',
    );
  });

  it('what it took is in the ledger, of an answer that was of no use too', async () => {
    const id = await ada.start(10_000);
    await ada.record(id, 5);
    await ada.ask(NOW, { id });
    model.next('prose');
    await ada.ask(NOW, { id });
    const usage =
      'query ($from: DateTime!) { usage(from: $from, groupBy: KIND) { kind calls promptTokens } }';
    const from = new Date(Date.now() - 60_000).toISOString();
    expect((await ada.ask(usage, { from })).usage).toEqual([
      { kind: 'SUMMARY', calls: 2, promptTokens: expect.any(Number) },
    ]);
  });

  it('a model that fails is asked again by the queue; until then nothing changes', async () => {
    model.next('error');
    const id = await ada.start();
    await ada.record(id, 6);
    for (let tries = 0; model.requests.length < 1 && tries < 50; tries++) await sleep(100);
    expect((await ada.read(id)).history).toEqual([]);
    expect(await isDue(app, id)).toBe(true);
    const { summaries } = await ada.until(id, (session) => session.summaries.length > 0);
    expect(summaries[0].producedBy).toBe('test-model');
    expect(model.requests).toHaveLength(2);
  });

  it.each(['rate-limited', 'error', 'html', 'cut', 'silent', 'prose'] as const)(
    'a model that stays %s is replaced on demand by the extractive one',
    async (misbehaviour) => {
      model.always(misbehaviour);
      const id = await ada.start(10_000);
      await ada.record(id, 5);
      const { summarizeSession } = await ada.ask(NOW, { id });
      expect(summarizeSession).toMatchObject({ producedBy: 'extractive', promptHash: null });
      if (misbehaviour === 'rate-limited') await sleep(1_100);
    },
  );

  it('without a fallback it says so, and nothing changes', async () => {
    const strict = await startApp({
      SUMMARY_FALLBACK: 'none',
      LLM_BASE_URL: model.baseUrl,
      LLM_MODEL: 'test-model',
    });
    model.always('error');
    const bob = await personOf(strict);
    const id = await bob.start();
    await bob.record(id, 5);
    const before = await bob.read(id);
    await expect(bob.ask(NOW, { id })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await bob.read(id)).toEqual(before);
    await strict.close();
  });
});
