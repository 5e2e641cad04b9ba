import { randomUUID } from 'node:crypto';
import { execute } from '../support/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { exported, finished, importFile, upload, IMPORTED } from '../support/imports.js';

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

const run = async (query: string, variables?: object, as = token): Promise<any> =>
  Object.values(await app.ask(query, variables, as))[0];

const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id } session { id } } }`;
const START = 'mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }';
const END = 'mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }';
const sessions = async (as = token) => (await run(IMPORTED, {}, as)).edges.map(({ node }: any) => node);
const sql = (text: string, ...values: unknown[]) => execute(app.databaseUrl, text, values);

/** An account with something of everything. */
async function everything(): Promise<string> {
  const at = (minute: number) => `2026-01-05T10:${10 + minute}:00.123Z`;
  const id = await run(START, {
    input: {
      title: 'Tea 茶',
      tags: ['drinks', 'a b'],
      scope: 'telegram:1',
      channel: 'telegram',
      externalUserId: '7',
      externalChatId: '8',
      lifetimeSeconds: 86_400,
      state: { cups: 2, __proto: 1 },
      metadata: { z: [1, { y: null }] },
      snapshotAtStart: { a: 1 },
      occurredAt: at(0),
    },
  }).then((session) => session.id as string);
  const turns: string[] = [];
  for (let n = 0; n < 4; n++) {
    const { interaction } = await run(RECORD, {
      input: {
        sessionId: id,
        question: `Which tea is number ${n}? "\n\\ 🍵`,
        answer: n === 2 ? undefined : `=HYPERLINK("x") ${n}`,
        steps: [
          { role: 'TOOL', toolName: 'shop', content: 'in stock', arguments: { q: n }, occurredAt: at(n) },
          { role: 'SYSTEM', content: 'slow', isError: true, errorCode: 'SLOW' },
        ],
        ...(n === 2 && { error: 'no answer', errorCode: 'TIMEOUT' }),
        contextUsed: n === 1 ? { version: 1, recalled: '1qr100', recent: '1' } : { sources: [n] },
        metadata: { n, speakers: { user: 'Nora' } },
        occurredAt: at(n + 1),
      },
    });
    turns.push(interaction.id);
  }
  await run(
    'mutation ($id: UUID!) { rateInteraction(input: { id: $id, rating: 4, comment: "good" }) { id } }',
    {
      id: turns[0],
    },
  );
  await run(
    'mutation ($id: UUID!) { openInteraction(input: { id: $id, question: "And?" }) { interaction { id } } }',
    {
      id: randomUUID(),
    },
  );
  await run(
    `mutation ($id: UUID!) { addMessage(input: { id: $id, role: ASSISTANT, content: "A word", sessionId: "${id}" }) { message { id } } }`,
    { id: randomUUID() },
  );
  for (const { node } of (await run('{ sessions(filter: { active: true }) { edges { node { id } } } }'))
    .edges) {
    await run(END, { id: node.id });
  }
  await sql(
    `insert into answers (user_id, interaction_id, version, model, started_at, first_token_at, finish_reason, status,
       answer, answer_tokens, context_used, rating, rating_comment, completed_at)
     values ($1, $2, 1, 'm', now(), now(), 'stop', 'COMPLETED', 'Earlier', 1, '{"b": 1, "a": 2}', 2, 'meh', now()),
       ($1, $2, 2, 'm', now(), null, null, null, null, 0, null, null, null, null)`,
    userId,
    turns[0],
  );
  const summary = `insert into summaries (user_id, id, session_id, level, from_sequence, to_sequence, text, tokens,
      produced_by, prompt_hash, pinned, superseded_by)
    select $1::uuid, $2::uuid, $3::uuid, $4::smallint, min(sequence) - $5::bigint, max(sequence), 'About tea', 3, 'extractive',
      'x', true, $6::uuid
    from interactions where user_id = $1 and id = any($7)`;
  const fold = randomUUID();
  await sql(summary, userId, fold, id, 2, 0, null, turns.slice(0, 2));
  await sql(summary, userId, randomUUID(), id, 1, 0, fold, turns.slice(0, 1));
  await sql(summary, userId, randomUUID(), id, 1, 0, fold, turns.slice(1, 2));
  await sql(
    `update sessions set context_summary = 'Tea', context_summary_to = i.sequence, session_context = '{"topics": ["tea"]}'
     from interactions i where i.user_id = sessions.user_id and i.id = $2 and sessions.user_id = $1 and sessions.id = $3`,
    userId,
    turns[3],
    id,
  );
  await sql(
    'insert into understanding_levels (user_id, session_id, level, reached_at) values ($1, $2, 7, now())',
    userId,
    id,
  );
  await run('mutation { addFact(input: { category: LOCATION, text: "lives in Bern" }) { id } }');
  const wrong = await run('mutation { addFact(input: { category: GOAL, text: "wants to run" }) { id } }');
  await run('mutation ($id: UUID!) { forgetFact(id: $id) }', { id: wrong.id });
  const job = await run('mutation { addFact(input: { category: OCCUPATION, text: "is a baker" }) { id } }');
  await run('mutation ($id: UUID!) { correctFact(input: { id: $id, text: "is a cook" }) { id } }', {
    id: job.id,
  });
  await sql(
    `with fact as (
       insert into facts (user_id, id, category, text, key, origin, produced_by, confidence, first_seen_at, last_seen_at)
       values ($1, $2, 'INTEREST', 'likes tea', 'tea', 'LEARNT', 'patterns', 0.8, now(), now()) returning *
     )
     insert into fact_sources (user_id, fact_id, interaction_id, certainty, said_at)
     select $1, fact.id, i.id, 0.8, i.occurred_at from fact, interactions i where i.user_id = $1 and i.id = any($3)`,
    userId,
    randomUUID(),
    turns.slice(0, 2),
  );
  await sql(
    `insert into token_usage (user_id, id, kind, model, prompt_tokens, answer_tokens, session_id, interaction_id)
     values ($1, $2, 'CHAT', 'm', 10, 20, $3, $4), ($1, $5, 'EXTRACTION', 'm', 1, 2, null, null)`,
    userId,
    randomUUID(),
    id,
    turns[0],
    randomUUID(),
  );
  return id;
}

describe('an export', () => {
  it('comes back byte-equal, once', async () => {
    await everything();
    const file = await exported(app, token);
    for (const part of [
      '"level":2',
      '"Earlier"',
      '"likes tea"',
      '"digests"',
      '"promptTokens":10',
      '"contextSummaryTo":"',
    ]) {
      expect(file).toContain(part);
    }
    const other = await app.register();
    const first = await importFile(app, other.token, file);
    expect(first).toMatchObject({ state: 'COMPLETED', format: 'RECOLLECT', errors: [], errorCount: 0 });
    expect(first.readBytes).toBe(first.receivedBytes);
    expect(first.counts).toEqual({
      settings: [0, 1, 0],
      sessions: [2, 0, 0],
      interactions: [6, 0, 0],
      summaries: [3, 0, 0],
      facts: [4, 0, 0],
      forgottenFacts: [1, 0, 0],
      usage: [2, 0, 0],
    });
    expect(await exported(app, other.token)).toBe(file);
    const revision = await run('{ me { revision } }', {}, other.token);
    const second = await importFile(app, other.token, file);
    expect(Object.values(second.counts).every(([created, , refused]) => created + refused === 0)).toBe(true);
    expect(await exported(app, other.token)).toBe(file);
    expect(await run('{ me { revision } }', {}, other.token)).toEqual(revision);
  });

  it('of a cleared session brings the summaries that are left, in their order', async () => {
    const id = await everything();
    await run('mutation ($id: UUID!) { clearMessages(id: $id) { id } }', { id });
    const file = await exported(app, token);
    const other = await app.register();
    expect((await importFile(app, other.token, file)).counts.summaries).toEqual([3, 0, 0]);
    expect(await exported(app, other.token)).toBe(file);
    const ranges = `select array_agg(level order by from_sequence, to_sequence) as levels,
        bool_and(from_sequence <= to_sequence) as sound, count(distinct from_sequence) as places
      from summaries where user_id = $1`;
    expect(await sql(ranges, other.userId)).toEqual([{ levels: [1, 2, 1], sound: true, places: '2' }]);
  });

  it('of an active session makes one that has ended, and leaves the active one alone', async () => {
    await run(RECORD, { input: { question: 'Still on?' } });
    const file = await exported(app, token);
    const other = await app.register();
    const { session } = await run(RECORD, { input: { question: 'Mine' } }, other.token);
    await importFile(app, other.token, file);
    expect(await run('{ currentSession { id } }', {}, other.token)).toEqual(session);
    const imported = (await sessions(other.token)).find(({ id }: any) => id !== session.id);
    expect(imported).toMatchObject({
      active: false,
      endReason: 'IDLE_TIMEOUT',
      endedAt: JSON.parse(file).sessions[0].lastActivityAt,
    });
  });

  it('keeps what contexts were made of, and resolves it in the log that it refers to alone', async () => {
    await run(RECORD, { input: { question: 'Which tea?', answer: 'The smoky one.' } });
    const { contextUsed } = await run('{ buildContext(input: { query: "tea" }) { contextUsed } }');
    const { interaction } = await run(RECORD, { input: { question: 'And now?', contextUsed } });
    const SOURCES = `query ($id: UUID!) { interaction(id: $id) { contextUsed contextSources { id } } }`;
    expect((await run(SOURCES, interaction)).contextSources).not.toEqual([]);
    const other = await app.register();
    await run(RECORD, { input: { question: 'Mine' } }, other.token);
    await importFile(app, other.token, await exported(app, token));
    const imported = await run(SOURCES, interaction, other.token);
    expect(imported.contextUsed).toMatchObject(contextUsed);
    expect(imported.contextSources).toEqual([]);
  });

  it('that broke off is imported as far as it came, and the rest makes it whole', async () => {
    await everything();
    const file = await exported(app, token);
    const other = await app.register();
    const cut = await importFile(app, other.token, file.slice(0, file.indexOf('number 2')));
    expect(cut).toMatchObject({ state: 'FAILED', counts: { interactions: [2, 0, 0] } });
    expect(cut.errors).toEqual([{ path: 'file', message: expect.stringContaining('The file') }]);
    await importFile(app, other.token, file);
    expect(await exported(app, other.token)).toBe(file);
  });

  it('brings nothing back that was deleted alone, and all of a session that was deleted', async () => {
    const id = await everything();
    const file = await exported(app, token);
    const [{ interactions }] = JSON.parse(file).sessions;
    await run('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: interactions[0].id });
    const report = await importFile(app, token, file);
    expect(report.counts.interactions).toEqual([0, 5, 1]);
    expect(report.errors).toContainEqual({
      path: 'sessions.0.interactions.0',
      message: 'What was stored under its id has been deleted.',
    });
    // What may hold its words, too.
    expect(report.counts.summaries).toEqual([0, 1, 2]);
    await run('mutation ($id: UUID!) { deleteSession(id: $id) }', { id });
    expect((await importFile(app, token, file)).counts.interactions).toEqual([4, 1, 1]);
  });
});

describe('a file of sessions with messages, metadata and stats', () => {
  const saved = {
    session_id: '2025-03-01_0900',
    title: 'Garden',
    created_at: '2025-03-01T09:00:00.000001',
    updated_at: '2025-03-01T09:30:00',
    metadata: { app: 'desktop', tags: ['roses', 'beds', 'roses'] },
    stats: { messages: 3 },
    messages: [
      { role: 'user', content: 'Which rose?', timestamp: '2025-03-01T09:01:00+01:00' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'A climbing one.' },
          { type: 'image', url: 'x' },
        ],
        timestamp: 1_740_819_720,
      },
      { role: 'ai', content: 'Two, in fact.' },
    ],
  };

  it.each([
    ['one', saved],
    ['a list', [saved]],
    ['an object of them', { sessions: [saved] }],
  ])('brings %s', async (_, file) => {
    expect(await importFile(app, token, file)).toMatchObject({
      state: 'COMPLETED',
      format: 'SESSION_JSON',
      errors: [],
      counts: { sessions: [1, 0, 0], interactions: [1, 0, 0] },
    });
    const [session] = await sessions();
    expect(session).toMatchObject({
      title: 'Garden',
      startedAt: '2025-03-01T08:01:00.000Z',
      endedAt: '2025-03-01T09:30:00.000Z',
      tags: ['roses', 'beds'],
      metadata: { app: 'desktop', stats: { messages: 3 } },
    });
    expect(session.messages.edges.map(({ node }: any) => [node.role, node.content])).toEqual([
      ['USER', 'Which rose?'],
      ['ASSISTANT', 'A climbing one.'],
      ['ASSISTANT', 'Two, in fact.'],
    ]);
    expect((await importFile(app, token, file)).counts.interactions).toEqual([0, 1, 0]);
  });

  it('can be forced on what is recognised otherwise, and refuses what it cannot read', async () => {
    const file = { messages: [{ role: 'user', content: 7 }], mapping: {}, id: 1 };
    const report = await importFile(app, token, file, '?format=session_json');
    expect(report).toMatchObject({ format: 'SESSION_JSON', counts: { interactions: [0, 0, 1] } });
    expect(report.errors).toEqual([{ path: 'file.messages.0.question', message: 'must be text' }]);
    expect((await importFile(app, token, { messages: 1 }, '?format=session_json')).errors).toEqual([
      { path: 'file.messages', message: 'must be a list' },
    ]);
  });
});

describe('what cannot be read on', () => {
  it.each([
    ['nothing', '', /not valid JSON/],
    ['half a list', '[', /not valid JSON|ends in the middle/],
    ['no JSON', 'hello', /not valid JSON/],
    ['a number', '7', /neither a list nor an object/],
    ['an abyss', '['.repeat(300), /nested deeper than 200/],
    ['another version', '{"format":"recollect-export","version":2,"sessions":[]}', /version 2/],
  ])('is said: %s', async (_, file, message) => {
    const report = await importFile(app, token, file);
    expect(report.state).toBe('FAILED');
    expect(report.errors.at(-1)!.message).toMatch(message);
  });

  it('is said: not UTF-8', async () => {
    const response = await upload(app, token, new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d]));
    const { id } = (await response.json()) as { id: string };
    expect((await finished(app, token, id)).errors).toEqual([
      { path: 'file', message: 'The file is not UTF-8.' },
    ]);
  });

  it('does not take neighbours with it: refused items of an export', async () => {
    const at = '2026-01-05T10:00:00.000Z';
    const turn = (id: unknown, more: object = {}) => ({ id, question: 'q', occurredAt: at, ...more });
    const [first, second] = [randomUUID(), randomUUID()];
    const file = {
      format: 'recollect-export',
      version: 1,
      forgottenFacts: [7],
      sessions: [
        {
          id: randomUUID(),
          startedAt: at,
          interactions: [turn(first), turn(first), turn('1'), turn(randomUUID(), { rating: 9 })],
        },
        {
          id: randomUUID(),
          startedAt: at,
          interactions: [turn(first), turn(second, { steps: [{ role: 'USER' }] }), 7],
        },
        { id: 'x', startedAt: at, interactions: [turn(second)] },
        { id: randomUUID(), startedAt: 'yesterday' },
        { id: randomUUID(), startedAt: '2999-01-01T00:00:00Z' },
        { id: randomUUID(), startedAt: at, durationSeconds: -5, type: 'SMOKE', interactions: [] },
        5,
        {
          id: randomUUID(),
          startedAt: at,
          metadata: { deep: { constructor: { prototype: 1 } } },
          interactions: [],
        },
      ],
      facts: [{ id: randomUUID(), category: 'GOAL', text: '', origin: 'ADDED' }],
      usage: {},
    };
    const report = await importFile(app, token, file);
    expect(report).toMatchObject({
      state: 'COMPLETED',
      errorCount: 13,
      counts: { sessions: [3, 0, 5], interactions: [1, 1, 6], facts: [0, 0, 1], forgottenFacts: [0, 0, 1] },
    });
    expect(report.errors.map(({ path }) => path)).toEqual([
      'forgottenFacts.0',
      'sessions.0.interactions.2.id',
      'sessions.0.interactions.3.rating',
      'sessions.1.interactions.0',
      'sessions.1.interactions.1.steps.0.id',
      'sessions.1.interactions.2',
      'sessions.2.id',
      'sessions.2.interactions.0',
      'sessions.3.startedAt',
      'sessions.4.startedAt',
      'sessions.5.type',
      'sessions.6',
      'facts.0.text',
    ]);
  });
});

it('what the database refuses does not take its neighbours with it', async () => {
  const at = '2026-01-05T10:00:00.000Z';
  const twice = [{ version: 1 }, { version: 1 }];
  const interactions = [undefined, twice, undefined].map((answers) => ({
    id: randomUUID(),
    question: 'q',
    occurredAt: at,
    answers,
  }));
  const file = {
    format: 'recollect-export',
    version: 1,
    sessions: [{ id: randomUUID(), startedAt: at, interactions }],
  };
  const report = await importFile(app, token, file);
  expect(report).toMatchObject({ counts: { sessions: [1, 0, 0], interactions: [2, 0, 1] } });
  expect(report.errors).toEqual([
    { path: 'sessions.0.interactions.1', message: 'contradicts what is stored' },
  ]);
  expect(await sessions()).toMatchObject([{ interactionCount: 2 }]);
});

describe('a dry run', () => {
  it('tells what would be made, and makes nothing', async () => {
    await everything();
    const file = await exported(app, token);
    const other = await app.register();
    const report = await importFile(app, other.token, file, '?dryRun=true');
    expect(report).toMatchObject({
      dryRun: true,
      state: 'COMPLETED',
      counts: { sessions: [2, 0, 0], interactions: [6, 0, 0], facts: [4, 0, 0] },
    });
    expect(await sessions(other.token)).toEqual([]);
    expect(await run('{ me { revision } }', {}, other.token)).toEqual({ revision: 0 });
    expect((await importFile(app, token, file, '?dryRun=true')).counts.interactions).toEqual([0, 6, 0]);
  });
});
