import { CompressionService } from '../../src/compression/compression.service.js';
import { SummariesService } from '../../src/summaries/summaries.service.js';
import { TitlesService } from '../../src/titles/titles.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { chatterOf } from '../support/chat.js';
import { compressAll, compressedOf } from '../support/compression.js';
import { execute, tablesWith } from '../support/database.js';
import { exported, importFile } from '../support/imports.js';
import { OPEN, share } from '../support/sharing.js';

const TURN = `id sequence revision status question answer error errorCode contextUsed metadata rating createdAt
  questionTokens stepTokens steps { role content toolName }`;
const READ = `query ($id: UUID!) { interaction(id: $id) { ${TURN} } }`;
const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id sessionId } error { message } } }`;
const REPEAT = `mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { ${TURN} } } }`;
const OPEN_TURN =
  'mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { interaction { id } } }';
const COMPLETE = `mutation ($input: CompleteInteractionInput!) { completeInteraction(input: $input) {
  interaction { answer } } }`;
const DELETE = 'mutation ($id: UUID!) { deleteInteraction(id: $id) }';
const DELETE_SESSION = 'mutation ($id: UUID!) { deleteSession(id: $id) }';
const FORK = 'mutation ($input: ForkSessionInput!) { forkSession(input: $input) { id } }';
const SUMMARIZE =
  'mutation ($id: UUID!) { summarizeSession(id: $id) { text sources { edges { node { question } } } } }';
const END = 'mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }';
const COUNTS = `interactionCount userMessageCount assistantMessageCount toolMessageCount toolCallCount errorCount
  inputTokens outputTokens`;
const HISTORY = `query ($id: UUID!) { session(id: $id) { ${COUNTS}
  summaries { text } interactions(first: 100) { edges { node { ${TURN} } } }
  messages(first: 100) { edges { node { role content } } } } }`;
const CONTEXT = `systemPrompt messages { role content } tokens`;
/** What shows what was said. */
const READS = [
  `{ recentInteractions(limit: 50) { ${TURN} } }`,
  '{ recentInteractions(limit: 50) { id question answer } }',
  `{ sessions(first: 5) { edges { node { id title preview { text } lastMessage { text } ${COUNTS} } } } }`,
  `{ searchSessions(text: "harbour", first: 5) { session { id } hits { highlights { text } interaction { question } } } }`,
  '{ recall(query: "harbour", first: 20) { score role highlights { text } interaction { question answer } } }',
  '{ buildContext(input: { query: "What of the harbour?", tokenBudget: 1000 }) { messages { role content } } }',
  '{ changes(after: 0, first: 500) { revision changes { revision kind interaction { question answer metadata } } } }',
  '{ me { revision } }',
];
const FORMATS = ['JSON', 'JSONL', 'MARKDOWN', 'CSV'];

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ SESSION_TOKEN_LIMIT: '2000' });
});
afterAll(() => app.close());

const sql = (text: string, ...values: unknown[]) => execute(app.databaseUrl, text, values);

/** Somebody who has said a lot, of every kind. */
async function person() {
  const chatter = await chatterOf(app);
  const { ask, userId, token } = chatter;
  const say = async (items: object[]): Promise<{ id: string; sessionId: string }[]> =>
    (await ask(RECORD, { items })).recordInteractions.map(({ interaction }: any) => interaction);
  const turns = await say([
    ...Array.from({ length: 14 }, (_, n) => ({
      question: `Where does ship ${n} lie in the harbour?`,
      answer: `Ship ${n} lies at pier ${n % 5}, behind "the crane", 茶 🍵\\u0000.`,
      metadata: { place: n, nested: { none: null } },
      contextUsed: { sources: [n, null] },
    })),
    { question: 'And the lighthouse?', error: 'no light', errorCode: 'DARK' },
    { steps: [{ role: 'SYSTEM', content: 'A storm comes.' }], answer: 'Then stay.' },
    { question: 'Who is there?', answer: '', steps: [{ role: 'TOOL', toolName: 'list', content: 'Ada' }] },
  ]);
  const { sessionId } = turns[0]!;
  const exports = () =>
    Promise.all(
      FORMATS.map(async (format) => {
        const headers = { authorization: `Bearer ${token}` };
        const text = await (await fetch(`${app.url}/export?format=${format}`, { headers })).text();
        return text.replace(/"exportedAt":"[^"]*"/, '');
      }),
    );
  const everything = async () => ({
    reads: await Promise.all(READS.map((query) => ask(query))),
    history: await ask(HISTORY, { id: sessionId }),
    exports: await exports(),
  });
  return {
    ...chatter,
    say,
    sessionId,
    ids: turns.map(({ id }) => id),
    turn: async (id: string) => (await ask(READ, { id })).interaction,
    everything,
    compress: () => compressAll(app.databaseUrl, userId),
    compressed: () => compressedOf(app.databaseUrl, userId),
  };
}

let ada: Awaited<ReturnType<typeof person>>;
beforeEach(async () => {
  ada = await person();
});

const age = (userId: string, days: number) =>
  sql(
    `update interactions set created_at = created_at - make_interval(days => $2) where user_id = $1`,
    userId,
    days,
  );

describe('in the background', () => {
  const LONG = 'x'.repeat(70);
  const many = (count: number) => Array.from({ length: count }, (_, n) => ({ question: `${n} ${LONG}` }));
  const compression = () => app.app.get(CompressionService);

  it('what is older than the setting says is compressed, as far as it makes whole values', async () => {
    await ada.say(many(60)); // 77 with what there is
    await age(ada.userId, 31);
    const before = await ada.everything();
    await sql('select graphile_worker.add_job($1)', 'compress-interactions');
    while ((await ada.compressed()) === 0) await ada.turn(ada.ids[0]!);
    expect(await ada.compressed()).toBe(64);
    expect(await ada.everything()).toEqual(before);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toContain('recollect_compressed_interactions_total 64');
    await ada.say(many(51));
    expect(await compression().compress(30)).toBe(0);
    await age(ada.userId, 31);
    expect(await compression().compress(32)).toBe(0);
    expect(await compression().compress(30)).toBe(64);
    expect(await compression().compress(30)).toBe(0);
  });

  it('long ones make a value sooner; a pending one, and one that is large by itself, stay as they are', async () => {
    const random = () => Array.from({ length: 300 }, () => crypto.randomUUID()).join(' ');
    const { interaction } = (await ada.ask(OPEN_TURN, { input: { question: 'Still?' } })).openInteraction;
    const [large] = await ada.say([{ question: random() }]);
    const long = await ada.say(Array.from({ length: 5 }, () => ({ question: random().slice(0, 4000) })));
    await age(ada.userId, 31);
    await compression().compress(30);
    expect(
      await sql(
        'select id from interactions where user_id = $1 and compressed_in is null order by sequence',
        ada.userId,
      ),
    ).toEqual([{ id: interaction.id }, { id: large!.id }, { id: long.at(-1)!.id }]);
    const { completeInteraction } = await ada.ask(COMPLETE, {
      input: { id: interaction.id, answer: 'Yes.' },
    });
    expect(completeInteraction.interaction).toEqual({ answer: 'Yes.' });
  });
});

describe('of what is compressed', () => {
  it('every read, and every export byte by byte, is as before', async () => {
    await ada.ask(SUMMARIZE, { id: ada.sessionId });
    await app.app.get(TitlesService).write({ userId: ada.userId, sessionId: ada.sessionId }, 1);
    const link = await share(app, ada.token, {
      sessionId: ada.sessionId,
      showMetadata: true,
      showContext: true,
      showSteps: true,
    });
    const shared = async () => (await app.graphql(OPEN, { token: link.token })).body.data.sharedSession;
    const before = [await ada.everything(), await shared()];
    await ada.compress();
    expect(await ada.compressed()).toBe(17);
    expect([await ada.everything(), await shared()]).toEqual(before);
  });

  it('a context is shown again as it was sent', async () => {
    const input = { query: 'Where does ship 3 lie?', tokenBudget: 1000 };
    const { buildContext } = await ada.ask(
      `query ($input: BuildContextInput!) { buildContext(input: $input) { contextUsed ${CONTEXT} } }`,
      { input },
    );
    const { contextUsed, ...sent } = buildContext;
    const [asked] = await ada.say([{ question: input.query, contextUsed }]);
    await ada.compress();
    const { replayContext } = await ada.ask(
      `query ($id: UUID!) { replayContext(interactionId: $id) { missing removed { id } ${CONTEXT} } }`,
      { id: asked!.id },
    );
    expect(replayContext).toEqual({ ...sent, missing: 0, removed: [] });
  });

  it('a summary, a description and a title are made as of any other', async () => {
    const other = await person();
    await ada.compress();
    const summaries = [];
    for (const { ask, sessionId, userId } of [ada, other]) {
      const { summarizeSession } = await ask(SUMMARIZE, { id: sessionId });
      await ask(END, { id: sessionId });
      await app.app.get(TitlesService).write({ userId, sessionId }, 1);
      const service = app.app.get(SummariesService);
      for (const due of await service.due(new Map([[userId, 0]]))) {
        await service.catchUp(due, 1, () => Promise.resolve());
      }
      const { session } = await ask('query ($id: UUID!) { session(id: $id) { title contextSummary } }', {
        id: sessionId,
      });
      summaries.push({ ...summarizeSession, ...session });
    }
    expect(summaries[0]).toEqual(summaries[1]);
    expect(summaries[0]).toMatchObject({
      title: expect.stringContaining('harbour'),
      contextSummary: expect.stringContaining('harbour'),
    });
  });

  it('an import of its export finds everything there, and makes the same of it elsewhere', async () => {
    await ada.ask(END, { id: ada.sessionId });
    const file = await exported(app, ada.token);
    await ada.compress();
    expect((await importFile(app, ada.token, file)).counts).toMatchObject({ interactions: [0, 17, 0] });
    const other = await app.register();
    await importFile(app, other.token, file);
    await compressAll(app.databaseUrl, other.userId);
    expect(await exported(app, other.token)).toBe(file);
  });

  it('a fork has what it shares, also when that is deleted where it was said', async () => {
    await ada.compress();
    const { id } = (await ada.ask(FORK, { input: { sessionId: ada.sessionId, atInteraction: ada.ids[8] } }))
      .forkSession;
    const before = (await ada.ask(HISTORY, { id })).session.messages;
    expect(before.edges).toHaveLength(18);
    await ada.ask(DELETE_SESSION, { id: ada.sessionId });
    const { session } = await ada.ask(HISTORY, { id });
    expect(session).toMatchObject({ messages: before, userMessageCount: 9, assistantMessageCount: 9 });
    expect(await ada.compressed()).toBe(9);
  });

  it('what a bot recorded moves to the person whom it is linked to', async () => {
    const { key } = await app.createKey(ada.token);
    const bot = (query: string, variables = {}) => app.ask(query, variables, key, 'telegram:12');
    const items = [{ question: 'Is the sextant ready?', answer: 'It is.', metadata: { a: [1] } }];
    await bot(RECORD, { items });
    const { me } = await bot('{ me { id } }');
    await compressAll(app.databaseUrl, me.id);
    const { code } = (await ada.ask('mutation { createLinkCode { code } }')).createLinkCode;
    await bot('mutation ($code: String!) { linkIdentity(code: $code) { id } }', { code });
    const { recentInteractions } = await ada.ask(
      '{ recentInteractions(limit: 1) { question answer metadata } }',
    );
    expect(recentInteractions).toEqual(items);
    expect(await tablesWith(app.databaseUrl, me.id)).not.toContain('public.compressed_interactions');
  });
});

describe('an interaction that is compressed', () => {
  let id: string;
  let neighbour: string;
  let before: Record<string, unknown>;
  beforeEach(async () => {
    [, id, neighbour] = ada.ids as [string, string, string];
    before = await ada.turn(id);
    await ada.compress();
  });

  it.each([
    [
      'rated',
      'mutation ($id: UUID!) { rateInteraction(input: { id: $id, rating: 1 }) { id } }',
      { rating: 1 },
    ],
    [
      'given metadata',
      'mutation ($id: UUID!) { updateInteractionMetadata(id: $id, patch: { nested: { more: 1 } }) { id } }',
      { metadata: { place: 1, nested: { none: null, more: 1 } } },
    ],
    [
      'given a tool call',
      'mutation ($id: UUID!) { recordToolCall(input: { interactionId: $id, toolName: "tide", result: "low" }) { interaction { id } } }',
      { steps: [{ role: 'TOOL', content: 'low', toolName: 'tide' }], stepTokens: expect.any(Number) },
    ],
  ])('can be %s, and is as before otherwise', async (_what, mutation, change) => {
    await ada.ask(mutation, { id });
    expect(await ada.turn(id)).toEqual({ ...before, ...change, revision: expect.any(Number) });
    expect(await ada.compressed()).toBe(16);
    const { errorCount, interactionCount, userMessageCount } = (await ada.ask(HISTORY, { id: ada.sessionId }))
      .session;
    expect([errorCount, interactionCount, userMessageCount]).toEqual([1, 17, 16]);
    expect((await ada.turn(neighbour)).question).toBe('Where does ship 2 lie in the harbour?');
  });

  it('gets another answer, and keeps the one it had', async () => {
    const { status, answer, versions } = await ada.regenerate(id, true);
    expect([status, versions.map((one: any) => one.answer)]).toEqual(['COMPLETED', [before.answer, answer]]);
    expect(await ada.turn(id)).toMatchObject({
      question: before.question,
      metadata: before.metadata,
      answer,
    });
  });

  it('is known again by the id that a client gave it', async () => {
    const input = { id: crypto.randomUUID(), question: 'Is the anchor up?', answer: 'Yes.' };
    const stored = (await ada.ask(REPEAT, { input })).recordInteraction;
    await ada.compress();
    expect((await ada.ask(REPEAT, { input })).recordInteraction).toEqual(stored);
    const another = { ...input, answer: 'No.' };
    await expect(ada.ask(REPEAT, { input: another })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is gone when it is deleted, and its neighbours are not', async () => {
    const [one] = await ada.say([{ question: 'Kedgeree?', answer: 'No.' }, { question: 'Bouillabaisse?' }]);
    await ada.compress();
    await ada.ask(DELETE, { id: one!.id });
    expect(await tablesWith(app.databaseUrl, 'kedgeree')).toEqual([]);
    expect(await tablesWith(app.databaseUrl, 'bouillabaisse')).toEqual(['public.compressed_interactions']);
    const { session } = await ada.ask(HISTORY, { id: ada.sessionId });
    expect(session).toMatchObject({ interactionCount: 18, userMessageCount: 17, assistantMessageCount: 16 });
    await ada.ask(DELETE_SESSION, { id: ada.sessionId });
    expect(await tablesWith(app.databaseUrl, ada.sessionId)).not.toContain('public.interactions');
    expect(await sql('select from compressed_interactions where user_id = $1', ada.userId)).toEqual([]);
  });

  it('cannot be written to behind its back', async () => {
    await expect(sql(`update interactions set answer = 'no' where id = $1`, id)).rejects.toThrow(
      'interactions_compressed_check',
    );
  });
});
