import { randomUUID } from 'node:crypto';
import { execute } from '../support/database.js';
import { codeOf, startApp, type Answer, type TestApp } from '../support/app.js';
import { openSocket, until } from '../support/sockets.js';

const CREATE_CODE = 'mutation { createLinkCode { code expiresAt } }';
const LINK = 'mutation ($code: String!) { linkIdentity(code: $code) { id channel externalId linkedAt } }';
const UNLINK = 'mutation ($id: UUID!) { unlinkIdentity(id: $id) }';
const IDENTITIES = '{ identities { id channel externalId } }';
const ME = '{ me { id revision } }';
const RECORD = `mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) {
  interaction { id sequence } session { id } } }`;
const OPEN =
  'mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { interaction { id } } }';
const COMPLETE = `mutation ($input: CompleteInteractionInput!) {
  completeInteraction(input: $input) { interaction { status answer } } }`;
const LOG =
  'query ($askedIn: UUID) { recentInteractions(limit: 100, askedIn: $askedIn) { id question status occurredAt createdAt sequence revision session { id scope active endReason interactionCount } } }';
const CHANGES =
  '{ changes(after: 0, first: 500) { revision changes { revision kind sessionId interactionId } } }';

let server: TestApp;
let owner: { token: string; userId: string };
let person: { token: string; userId: string };
let bot: string;
let people = 0;
/** Whom the bot acts for: a new one in each test. */
let telegram: string;

beforeAll(async () => {
  server = await startApp();
  owner = await server.register();
  bot = (await server.createKey(owner.token)).key;
});
afterAll(() => server.close());
beforeEach(async () => {
  person = await server.register();
  telegram = `telegram:${++people}`;
});

/** What the bot asks for its user. */
const asBot = (query: string, variables = {}) => server.graphql(query, variables, bot, telegram);
const asPerson = (query: string, variables = {}) => server.graphql(query, variables, person.token);
const newCode = async (token = person.token): Promise<string> =>
  (await server.graphql(CREATE_CODE, {}, token)).body.data.createLinkCode.code;

const link = async (): Promise<{ id: string }> =>
  (await server.ask(LINK, { code: await newCode() }, bot, telegram)).linkIdentity;

async function record(ask: typeof asBot, question: string, input = {}) {
  const { body } = await ask(RECORD, { input: { question, answer: `About ${question}`, ...input } });
  return body.data.recordInteraction as {
    interaction: { id: string; sequence: number };
    session: { id: string };
  };
}

async function log(ask: typeof asBot): Promise<any[]> {
  const { edges } = (await ask('{ sessions(first: 1) { edges { node { id } } } }')).body.data.sessions;
  if (edges.length === 0) return [];
  return (await ask(LOG, { askedIn: edges[0].node.id })).body.data.recentInteractions;
}

describe('after linking', () => {
  it('the bot acts for the person, and all is one history', async () => {
    await record(asPerson, 'on the web');
    await record(asBot, 'on Telegram', { scope: 'telegram:1' });
    const { id } = await link();
    expect((await asBot(ME)).body.data.me.id).toBe(person.userId);
    await record(asBot, 'on Telegram again', { scope: 'telegram:1' });
    const questions = ['on Telegram again', 'on Telegram', 'on the web'];
    for (const ask of [asBot, asPerson]) {
      expect((await log(ask)).map(({ question }) => question)).toEqual(questions);
    }
    const telegramSessions = (await log(asPerson)).slice(0, 2).map(({ session }) => session.id);
    expect(new Set(telegramSessions).size).toBe(1);
    expect((await asPerson(IDENTITIES)).body.data.identities).toEqual([
      { id, channel: 'telegram', externalId: String(people) },
    ]);
  });

  it('what was recorded before keeps its order, its times, its steps of the revision and its counters', async () => {
    await record(asPerson, 'mine');
    const { interaction } = await record(asBot, 'first', {
      scope: 'a',
      occurredAt: '2026-01-01T00:00:00.000Z',
    });
    await record(asBot, 'second', { scope: 'b' });
    await record(asBot, 'third', { scope: 'b' });
    const remove = 'mutation ($id: UUID!) { deleteInteraction(id: $id) }';
    await asBot(remove, { id: (await record(asBot, 'fourth', { scope: 'b' })).interaction.id });
    const before = { log: await log(asBot), changes: (await asBot(CHANGES)).body.data.changes };
    const revision: number = (await asPerson(ME)).body.data.me.revision;
    await link();
    const moved = (await log(asPerson)).slice(0, -1);
    const shift = (row: { sequence: number; revision: number }) => ({
      ...row,
      sequence: row.sequence + revision,
      revision: row.revision + revision,
    });
    expect(moved).toEqual(before.log.map(shift));
    expect(moved.at(-1)).toMatchObject({ id: interaction.id, occurredAt: '2026-01-01T00:00:00.000Z' });
    const { changes } = (await asPerson(CHANGES)).body.data.changes;
    expect(changes.map((change: any) => change.revision)).toEqual(
      changes.map((_: unknown, index: number) => index + 1),
    );
    expect(changes.slice(revision, -1)).toEqual(
      before.changes.changes.map((change: { revision: number }) => ({
        ...change,
        revision: change.revision + revision,
      })),
    );
    expect(changes.at(-1).kind).toBe('USER_UPDATED');
  });

  it('who follows the person live is told all of it, once and in order', async () => {
    await record(asPerson, 'mine');
    const { revision } = (await asPerson(ME)).body.data.me;
    const socket = await openSocket(server.wsUrl, person.token);
    socket.subscribe(
      `subscription { interactionAdded(after: ${revision}) { revision interaction { question } } }`,
    );
    for (const question of ['one', 'two', 'three']) await record(asBot, question, { scope: 'telegram' });
    await link();
    await record(asBot, 'four', { scope: 'telegram' });
    const events = () => socket.messages.filter(({ type }) => type === 'next');
    await until(() => events().length >= 4);
    expect(events().map(({ payload }) => payload.data.interactionAdded.interaction.question)).toEqual([
      'one',
      'two',
      'three',
      'four',
    ]);
    socket.socket.terminate();
  });

  it('retries and answers of what was opened before find it', async () => {
    const [id, messageId] = [randomUUID(), randomUUID()];
    const input = { id, question: 'Open?', scope: 'telegram' };
    await asBot(OPEN, { input });
    const addMessage = `mutation ($input: AddMessageInput!) { addMessage(input: $input) { interaction { id } } }`;
    const message = { id: messageId, role: 'TOOL', content: 'found', scope: 'telegram' };
    await asBot(addMessage, { input: message });
    await link();
    expect((await asBot(OPEN, { input })).body.data.openInteraction.interaction.id).toBe(id);
    expect((await asBot(addMessage, { input: message })).body.data.addMessage.interaction.id).toBe(id);
    const answered = await asBot(COMPLETE, { input: { id, answer: 'Yes' } });
    expect(answered.body.data.completeInteraction.interaction).toEqual({
      status: 'COMPLETED',
      answer: 'Yes',
    });
    expect(await log(asPerson)).toHaveLength(1);
  });

  it('of two active sessions of a scope the person’s own goes on', async () => {
    await record(asBot, 'theirs');
    const { session } = await record(asPerson, 'mine');
    await link();
    const [moved, own] = await log(asPerson);
    expect(moved.session).toMatchObject({ active: false, endReason: 'SUPERSEDED' });
    expect(own.session).toMatchObject({ id: session.id, active: true });
    expect((await record(asBot, 'next')).session.id).toBe(session.id);
  });

  it('nothing is lost that both have under one id', async () => {
    const [id, sessionId] = [randomUUID(), randomUUID()];
    const start = 'mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }';
    for (const [ask, name] of [
      [asPerson, 'mine'],
      [asBot, 'theirs'],
    ] as const) {
      await ask(start, { input: { id: sessionId, title: name, scope: name } });
      await record(ask, name, { id, sessionId });
    }
    await link();
    const rows = await log(asPerson);
    expect(rows.map(({ question }) => question)).toEqual(['theirs', 'mine']);
    expect(rows[1]).toMatchObject({ id, session: { id: sessionId, scope: 'mine' } });
    expect(rows[0].id).not.toBe(id);
    expect(rows[0].session).toMatchObject({ scope: 'theirs', interactionCount: 1 });
    const { changes } = (await asPerson('{ changes(after: 0) { changes { session { title } } } }')).body.data
      .changes;
    expect(changes.filter(({ session }: any) => session?.title === 'theirs').length).toBeGreaterThan(0);
  });

  it('an answer from memory alone goes with what it quotes, also when that has another id now', async () => {
    const id = randomUUID();
    await record(asPerson, 'mine', { id });
    const question = 'My rhododendron is ill';
    await record(asBot, question, { id });
    const send = `mutation { sendMessage(input: { text: "What of the rhododendron?", wait: true }) {
      interaction { id answer } } }`;
    const asked = (await asBot(send)).body.data.sendMessage.interaction;
    expect(asked.answer).toContain(question);
    await link();
    const moved = (await log(asPerson)).find((turn) => turn.question === question);
    const answers = [];
    for (const gone of [id, moved.id]) {
      await asPerson('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: gone });
      answers.push(
        (await asPerson(`{ interaction(id: "${asked.id}") { answer } }`)).body.data.interaction.answer,
      );
    }
    expect(answers).toEqual([asked.answer, expect.not.stringContaining(question)]);
  });

  it('what was said is recalled, and summaries and contexts are as they were', async () => {
    for (let index = 0; index < 5; index++) await record(asPerson, `Filler number ${index}`);
    const { session } = await record(asBot, 'My rhododendron is ill', { scope: 'telegram' });
    const summarize = 'mutation ($id: UUID!) { summarizeSession(id: $id) { text } }';
    const { text } = (await asBot(summarize, { id: session.id })).body.data.summarizeSession;
    const build = `query { buildContext(input: { query: "rhododendron", sessionId: "${session.id}" }) {
      systemPrompt messages { content } contextUsed sources { id } } }`;
    const built = (await asBot(build)).body.data.buildContext;
    const { interaction } = await record(asBot, 'rhododendron', {
      sessionId: session.id,
      contextUsed: built.contextUsed,
    });
    await link();
    const recall = '{ recall(query: "rhododendrons") { interaction { question } } }';
    const hits = (await asPerson(recall)).body.data.recall.map((hit: any) => hit.interaction.question);
    expect(hits).toContain('My rhododendron is ill');
    const replay = `{ replayContext(interactionId: "${interaction.id}") { systemPrompt missing sources { id } } }`;
    const replayed = (await asPerson(replay)).body.data.replayContext;
    expect(replayed).toEqual({ systemPrompt: built.systemPrompt, missing: 0, sources: built.sources });
    const summaries = `{ session(id: "${session.id}") { summaries { text fromSequence toSequence } } }`;
    const [summary] = (await asPerson(summaries)).body.data.session.summaries;
    expect(summary.text).toBe(text);
    const [, recorded] = await log(asPerson);
    expect(summary.toSequence).toBe(recorded.sequence);
  });

  it('the user from before is gone, and its sockets come back as the person', async () => {
    await record(asBot, 'x');
    const { id } = (await asBot(ME)).body.data.me;
    const socket = await openSocket(server.wsUrl, bot, { actsFor: telegram });
    await link();
    expect((await socket.closed).code).toBe(4403);
    expect(await execute(server.databaseUrl, 'select from users where id = $1', [id])).toEqual([]);
  });

  it('what is recorded at the same moment is in the one history, or was refused', async () => {
    await record(asBot, 'before');
    const code = await newCode();
    const recorded: Promise<Answer>[] = [];
    for (let index = 0; index < 20; index++)
      recorded.push(asBot(RECORD, { input: { question: `during ${index}` } }));
    const linked = await asBot(LINK, { code });
    for (let index = 20; index < 40; index++)
      recorded.push(asBot(RECORD, { input: { question: `during ${index}` } }));
    expect(linked.body.errors).toBeUndefined();
    const accepted = (await Promise.all(recorded)).filter(({ body }) => body.data);
    const ids = (await log(asPerson)).map(({ id }) => id);
    expect(accepted.length).toBeGreaterThanOrEqual(20);
    for (const { body } of accepted) expect(ids).toContain(body.data.recordInteraction.interaction.id);
  });
});

describe('a link code', () => {
  it('has no letters that look alike, and is taken however it is written', async () => {
    const code = await newCode();
    expect(code).toMatch(/^[A-HJKMNP-Z2-9]{5}-[A-HJKMNP-Z2-9]{5}$/);
    const answer = await asBot(LINK, { code: ` ${code.toLowerCase().replace('-', ' ')} ` });
    expect(answer.body.data.linkIdentity.externalId).toBe(String(people));
    const stored = await execute(server.databaseUrl, 'select encode(code_hash, $1) as hash from link_codes', [
      'escape',
    ]);
    expect(JSON.stringify(stored)).not.toContain(code.slice(0, 5));
  });

  it('is good once, for one person, until it expires or another is made', async () => {
    const earlier = await newCode();
    const used = await newCode();
    expect(codeOf(await asBot(LINK, { code: earlier }))).toBe('NOT_FOUND');
    await asBot(LINK, { code: used });
    expect(codeOf(await server.graphql(LINK, { code: used }, bot, 'telegram:somebody'))).toBe('NOT_FOUND');
    const late = await newCode();
    await execute(server.databaseUrl, `update link_codes set expires_at = now() where user_id = $1`, [
      person.userId,
    ]);
    expect(codeOf(await server.graphql(LINK, { code: late }, bot, 'telegram:somebody'))).toBe('NOT_FOUND');
  });

  it('cannot be guessed: after five that are not good no more are looked at', async () => {
    const code = await newCode();
    for (let times = 0; times < 5; times++)
      expect(codeOf(await asBot(LINK, { code: `X${times}` }))).toBe('NOT_FOUND');
    expect(codeOf(await asBot(LINK, { code }))).toBe('RATE_LIMITED');
  });

  it('is made ten times in a quarter of an hour at the most', async () => {
    const codes = [];
    for (let times = 0; times < 11; times++) codes.push(codeOf(await asPerson(CREATE_CODE)));
    expect(codes).toEqual([...Array(10).fill(undefined), 'RATE_LIMITED']);
  });

  it('links whom a bot acts for, and neither the bot’s owner nor who signs in', async () => {
    const code = await newCode();
    for (const token of [bot, owner.token, person.token]) {
      expect(codeOf(await server.graphql(LINK, { code }, token))).toBe('FORBIDDEN');
    }
  });

  it('links again what is linked, but not to another person', async () => {
    const { id } = await link();
    expect((await link()).id).toBe(id);
    const other = await server.register();
    expect(codeOf(await asBot(LINK, { code: await newCode(other.token) }))).toBe('CONFLICT');
    expect((await asBot(ME)).body.data.me.id).toBe(person.userId);
  });

  it('links the identity of one application, not of another', async () => {
    const stranger = await server.register();
    const { key } = await server.createKey(stranger.token);
    await link();
    const { id } = (await server.graphql(ME, {}, key, telegram)).body.data.me;
    expect(id).not.toBe(person.userId);
  });
});

describe('unlinking', () => {
  it('leaves the history with the person, and shuts the bot out at once', async () => {
    await record(asBot, 'private');
    const { id } = await link();
    const socket = await openSocket(server.wsUrl, bot, { actsFor: telegram });
    expect((await asPerson(UNLINK, { id })).body.data.unlinkIdentity).toBe(id);
    expect((await socket.closed).code).toBe(4403);
    expect(await log(asBot)).toEqual([]);
    expect((await asBot(ME)).body.data.me.id).not.toBe(person.userId);
    expect((await log(asPerson)).map(({ question }) => question)).toEqual(['private']);
    expect((await asPerson(IDENTITIES)).body.data.identities).toEqual([]);
  });

  it('is for the person alone', async () => {
    const { id } = await link();
    expect(codeOf(await server.graphql(UNLINK, { id }, owner.token))).toBe('NOT_FOUND');
    expect(codeOf(await asBot(UNLINK, { id }))).toBe('FORBIDDEN');
    expect((await asBot(ME)).body.data.me.id).toBe(person.userId);
  });
});

it('moves what the user said of themselves, and what is to stay forgotten', async () => {
  const add = 'mutation ($text: String!) { addFact(input: { category: INTEREST, text: $text }) { id } }';
  await asBot(add, { text: 'Likes chess' });
  const { body } = await asBot(add, { text: 'Likes golf' });
  await asBot('mutation ($id: UUID!) { forgetFact(id: $id) }', { id: body.data.addFact.id });
  await link();
  const profile = await asPerson('{ profile { interests { text } } }');
  expect(profile.body.data.profile.interests).toEqual([{ text: 'Likes chess' }]);
  const forgotten = await execute(
    server.databaseUrl,
    `select category from forgotten_facts where user_id = '${person.userId}'`,
  );
  expect(forgotten).toEqual([{ category: 'INTEREST' }]);
});

it('every table of a user’s data is moved by a link, or is made anew', async () => {
  const tables = (await execute(
    server.databaseUrl,
    `select c.relname as name from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id' and c.relkind = 'r'
     where c.relnamespace = 'public'::regnamespace`,
  )) as { name: string }[];
  const moved = [
    'sessions',
    'session_ancestors',
    'cleared_histories',
    'interactions',
    'compressed_interactions',
    'answers',
    'answer_pieces',
    'interaction_authors',
    'message_ids',
    'summaries',
    'templates',
    'facts',
    'forgotten_facts',
    'understanding_levels',
    'token_usage',
    'changes',
    'deletion_receipts',
  ];
  const derived = [
    'ended_sessions',
    'recall_blocks',
    'embedding_progress',
    'learning_progress',
    'fact_sources',
  ];
  const account = [
    'revisions',
    'refresh_tokens',
    'service_keys',
    'identities',
    'link_codes',
    'backups',
    'backup_schedules',
    'exports',
    'import_chunks',
    'imports',
    'shares',
  ];
  expect(tables.map(({ name }) => name).sort()).toEqual([...moved, ...derived, ...account].sort());
});
