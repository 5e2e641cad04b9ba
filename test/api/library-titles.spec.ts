import { Commands } from '../../src/database/commands.js';
import { startApp, type TestApp } from '../support/app.js';
import { startModelServer, type ModelServer } from '../support/model-server.js';
import { TitlesService } from '../../src/titles/titles.service.js';

/** An application and what one of its users can do. */
async function personOf(app: TestApp) {
  const { token, userId } = await app.register();
  const ask = (query: string, variables?: object) => app.ask(query, variables, token);
  const start = async (input: object = {}): Promise<string> =>
    (await ask('mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }', { input }))
      .startSession.id;
  const say = async (sessionId: string, question: string, answer?: string): Promise<string> =>
    (
      await ask(
        'mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }',
        { input: { sessionId, question, answer } },
      )
    ).recordInteraction.interaction.id;
  const rename = (id: string, title: string | null) =>
    ask('mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id } }', {
      input: { id, title },
    });
  const read = async (id: string) =>
    (await ask('query ($id: UUID!) { session(id: $id) { title titleSource revision } }', { id })).session;
  const titled = async (id: string, attempt = 1) => {
    await app.app.get(TitlesService).write({ userId, sessionId: id }, attempt);
    return read(id);
  };
  const isDue = async (id: string) =>
    (await app.app.get(TitlesService).due(new Map([[userId, 0]]))).some(({ sessionId }) => sessionId === id);
  return { token, userId, ask, start, say, rename, read, titled, isDue };
}
type Person = Awaited<ReturnType<typeof personOf>>;

describe('without a model', () => {
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    ada = await personOf(app);
  });

  it('a title is what was asked first, in few words, and is told', async () => {
    const id = await ada.start();
    expect(await ada.read(id)).toMatchObject({ title: null, titleSource: null });
    expect(await ada.isDue(id)).toBe(false);
    await ada.say(id, 'Hi there! Can you tell me which smoky tea I liked? I forgot.', 'Lapsang.');
    expect(await ada.isDue(id)).toBe(true);
    const before = await ada.read(id);
    const after = await ada.titled(id);
    expect(after).toEqual({
      title: 'Which smoky tea I liked',
      titleSource: 'GENERATED',
      revision: Number(before.revision) + 1,
    });
    const query = 'query ($after: Revision!) { changes(after: $after) { changes { kind sessionId } } }';
    const { changes } = (await ada.ask(query, { after: before.revision })).changes;
    expect(changes).toEqual([{ kind: 'SESSION_UPDATED', sessionId: id }]);
    expect(await ada.isDue(id)).toBe(false);
  });

  it('waits for the exchange to be complete', async () => {
    const id = await ada.start();
    await ada.ask(
      'mutation ($id: UUID!) { openInteraction(input: { sessionId: $id, question: "Why?" }) { interaction { id } } }',
      { id },
    );
    expect(await ada.isDue(id)).toBe(false);
    expect((await ada.titled(id)).title).toBeNull();
  });

  it('never takes the place of one that the user gave, nor comes back when the user took it away', async () => {
    const given = await ada.start({ title: 'Mine' });
    await ada.say(given, 'Which smoky tea did I like?');
    expect(await ada.titled(given)).toMatchObject({ title: 'Mine', titleSource: 'USER' });
    const removed = await ada.start({ scope: 'b' });
    await ada.say(removed, 'Which smoky tea did I like?');
    expect(await ada.titled(removed)).toMatchObject({ titleSource: 'GENERATED' });
    await ada.rename(removed, null);
    expect(await ada.isDue(removed)).toBe(false);
    expect(await ada.titled(removed)).toMatchObject({ title: null, titleSource: 'USER' });
    await ada.rename(removed, 'Tea after all');
    expect(await ada.titled(removed)).toMatchObject({ title: 'Tea after all', titleSource: 'USER' });
  });

  it('keeps no secret', async () => {
    const id = await ada.start();
    await ada.say(id, 'Deploy with the key sk-live-abcdefghijklmnop1234 to production');
    const { title } = await ada.titled(id);
    expect(title).toContain('[secret]');
    expect(title).not.toContain('abcdefghijklmnop');
  });

  it('goes with what it was made from, and another is made of what is left', async () => {
    const id = await ada.start();
    const first = await ada.say(id, 'Which smoky tea did I like?');
    await ada.say(id, 'Where is the Colosseum?');
    expect((await ada.titled(id)).title).toBe('Which smoky tea did I like');
    await ada.ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: first });
    expect(await ada.read(id)).toMatchObject({ title: null, titleSource: null });
    expect((await ada.titled(id)).title).toBe('Where is the Colosseum');
    await ada.rename(id, 'Mine');
    await ada.ask('mutation ($id: UUID!) { clearMessages(id: $id) { id } }', { id });
    expect(await ada.read(id)).toMatchObject({ title: 'Mine' });
  });

  it('goes with the last turn that it was made of', async () => {
    const id = await ada.start();
    await ada.say(id, 'Which smoky tea did I like?');
    const last = await ada.say(id, 'Where is the Colosseum?');
    await ada.titled(id);
    await ada.ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: last });
    expect(await ada.read(id)).toMatchObject({ title: null, titleSource: null });
  });

  it('made of what was deleted meanwhile is not stored', async () => {
    const id = await ada.start();
    await ada.say(id, 'Where is the Colosseum?');
    const gone = await ada.say(id, 'Which smoky tea did I like?');
    const read = 'query ($id: UUID!) { interaction(id: $id) { sequence revision } }';
    const { sequence, revision } = (await ada.ask(read, { id: gone })).interaction;
    const made = { title: 'Smoky tea', toSequence: sequence, count: 2, newest: revision };
    await ada.ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: gone });
    const stored = app.app
      .get(Commands)
      .run({ kind: 'titleSession', userId: ada.userId, sessionId: id, ...made });
    await expect(stored).rejects.toMatchObject({ extensions: { code: 'CONFLICT' } });
    expect((await ada.read(id)).title).toBeNull();
  });

  it('stays when later turns go', async () => {
    const id = await ada.start();
    await ada.say(id, 'Which smoky tea did I like?');
    await ada.titled(id);
    const later = await ada.say(id, 'Where is the Colosseum?');
    await ada.ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: later });
    expect((await ada.read(id)).title).toBe('Which smoky tea did I like');
  });
});

describe('with a model', () => {
  let model: ModelServer;
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    model = await startModelServer();
    app = await startApp({ LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'm' });
    ada = await personOf(app);
  });
  afterAll(async () => {
    await app.close();
    await model.close();
  });
  const answer = (title: string) => Object.assign(model.answer, { title });

  it('the model names the session, secrets aside, and its tokens are counted', async () => {
    const id = await ada.start();
    await ada.say(id, 'My key is sk-live-abcdefghijklmnop1234, which tea do I like?', 'Lapsang.');
    answer('Tea, and the key sk-live-abcdefghijklmnop1234');
    expect(await ada.titled(id)).toMatchObject({
      title: 'Tea, and the key [secret]',
      titleSource: 'GENERATED',
    });
    const prompt = JSON.stringify(model.requests.at(-1));
    expect(prompt).toContain('which tea');
    expect(prompt).not.toContain('abcdefghijklmnop');
    const usage = '{ usage(from: "2024-01-01T00:00:00Z", groupBy: KIND) { kind promptTokens } }';
    expect((await ada.ask(usage)).usage).toEqual([{ kind: 'TITLE', promptTokens: 1 }]);
  });

  it('is stored without what PostgreSQL does not take', async () => {
    answer('Smoky\0 tea \ud83d');
    const id = await ada.start({});
    await ada.say(id, 'Which smoky tea did I like?');
    expect((await ada.titled(id)).title).toBe('Smoky tea \ufffd');
  });

  it('its failures are for the queue, until the title is made without it', async () => {
    const id = await ada.start({ scope: 'b' });
    await ada.say(id, 'Which smoky tea did I like?');
    model.next('error', 'prose');
    await expect(ada.titled(id, 1)).rejects.toThrow();
    expect(await ada.titled(id, 3)).toMatchObject({ title: 'Which smoky tea did I like' });
  });
});

it('comes in the background after the first exchange', async () => {
  const app = await startApp({ BACKGROUND_TITLES: 'true' });
  try {
    const ada = await personOf(app);
    const id = await ada.start();
    await ada.say(id, 'Which smoky tea did I like?');
    for (let tries = 0; (await ada.read(id)).title === null && tries < 600; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await ada.read(id)).toMatchObject({ title: 'Which smoky tea did I like' });
  } finally {
    await app.close();
  }
});
