import { codeOf, startApp, type Answer, type TestApp } from '../support/app.js';

const SECRET = 'My rhododendron is called Beatrice';
const GET = `mutation ($input: SessionInput!) { getOrCreateSession(input: $input) {
  id scope privacy channel externalUserId active } }`;
const START = `mutation ($input: StartSessionInput!) { startSession(input: $input) { id scope privacy } }`;
const RECORD = `mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }`;
const BUILD = `query ($input: BuildContextInput!) { buildContext(input: $input) {
  systemPrompt messages { content } sections { name items leftOut } sources { id } contextUsed } }`;
const RECALL = `query ($query: String!, $askedIn: UUID, $filter: RecallFilterInput) {
  recall(query: $query, askedIn: $askedIn, filter: $filter, neighbours: 2, first: 50) {
    interaction { question answer } neighbours { question } } }`;
const NOTE = 'mutation ($input: AddMessageInput!) { addMessage(input: $input) { message { id } } }';
const RECENT = `query ($askedIn: UUID) { recentInteractions(limit: 100, askedIn: $askedIn) { question metadata } }`;

const fieldsOf = (answer: Answer): string[] => Object.keys(answer.body.errors?.[0]?.extensions.fields ?? {});

let server: TestApp;
let owner: { token: string; userId: string };
let bot: string;
let people = 0;
let telegram: string;

beforeAll(async () => {
  server = await startApp();
  owner = await server.register();
  bot = (await server.createKey(owner.token)).key;
});
afterAll(() => server.close());
beforeEach(() => {
  telegram = String(++people);
});

const ask = (query: string, variables = {}) => server.graphql(query, variables, bot, `telegram:${telegram}`);
const sessionIn = async (input: object) => (await ask(GET, { input })).body.data.getOrCreateSession;
const say = async (sessionId: string, question: string, answer = `Noted: ${question}`) => {
  const { body } = await ask(RECORD, { input: { sessionId, question, answer } });
  return body.data.recordInteraction.interaction.id as string;
};

describe('a session of a conversation', () => {
  it('has a scope of its own, made of channel, chat and conversation', async () => {
    const topic = { externalChatId: '-100', conversationId: '7' };
    const first = await sessionIn(topic);
    expect(first).toMatchObject({
      scope: 'telegram:-100:7',
      channel: 'telegram',
      externalUserId: telegram,
      privacy: 'GROUP',
    });
    expect((await sessionIn(topic)).id).toBe(first.id);
    expect((await sessionIn({ externalChatId: '-100', conversationId: '8' })).id).not.toBe(first.id);
    expect((await sessionIn({ externalChatId: '-100' })).scope).toBe('telegram:-100');
    expect((await sessionIn({ channel: 'discord', externalChatId: 'a:b%' })).scope).toBe('discord:a%3Ab%25');
    expect((await sessionIn({ conversationId: '7' })).scope).toBe('telegram::7');
    expect((await sessionIn({ scope: 'mine', externalChatId: '-100' })).scope).toBe('mine');
    expect((await sessionIn({})).scope).toBe('');
    const long = await ask(GET, { input: { externalChatId: 'x'.repeat(256) } });
    expect([codeOf(long), fieldsOf(long)]).toEqual(['BAD_USER_INPUT', ['input.externalChatId']]);
  });

  it('is private where the chat is the person’s own, and a group’s in any other', async () => {
    expect((await sessionIn({ externalChatId: telegram })).privacy).toBe('PRIVATE');
    expect((await sessionIn({ externalChatId: 'dm', privacy: 'PRIVATE' })).privacy).toBe('PRIVATE');
    expect((await sessionIn({ externalChatId: '-100' })).privacy).toBe('GROUP');
    expect((await sessionIn({ scope: 'somewhere' })).privacy).toBe('PRIVATE');
  });

  it('is a group’s in every scope of the bot’s platform but the person’s own, however it begins', async () => {
    const placeOf = async (query: string, input: object) =>
      Object.values<any>((await ask(query, { input })).body.data)[0].session;
    const record = `mutation ($input: RecordInteractionInput!) {
      recordInteraction(input: $input) { session { scope privacy } } }`;
    const send = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { session { scope privacy } } }`;
    const privacies: Record<string, string> = {};
    for (const scope of [
      '',
      'mine',
      `telegram:${telegram}`,
      `telegram:${telegram}:7`,
      `telegram:${telegram}0`,
      'telegram:-100',
      'telegram::7',
    ]) {
      const recorded = await placeOf(record, { question: 'Hello', scope });
      expect(await placeOf(send, { text: 'Hello again', scope })).toEqual(recorded);
      privacies[scope.replace(telegram, 'own')] = recorded.privacy;
    }
    expect(privacies).toEqual({
      '': 'PRIVATE',
      mine: 'PRIVATE',
      'telegram:own': 'PRIVATE',
      'telegram:own:7': 'PRIVATE',
      'telegram:own0': 'GROUP',
      'telegram:-100': 'GROUP',
      'telegram::7': 'GROUP',
    });
    const odd = await server.graphql(GET, { input: { externalChatId: '@a:b%c' } }, bot, `matrix:@a:b%c`);
    expect(odd.body.data.getOrCreateSession).toMatchObject({
      scope: 'matrix:@a%3Ab%25c',
      privacy: 'PRIVATE',
    });
  });

  it('never turns private where a group has been, and never hides that others have come', async () => {
    const alone = await sessionIn({ scope: 'a' });
    const together = await sessionIn({ scope: 'a', privacy: 'GROUP' });
    expect([alone.privacy, together.privacy, together.id === alone.id]).toEqual(['PRIVATE', 'GROUP', false]);
    expect(codeOf(await ask(GET, { input: { scope: 'a', privacy: 'PRIVATE' } }))).toBe('CONFLICT');
    expect(codeOf(await ask(START, { input: { scope: 'a', privacy: 'PRIVATE' } }))).toBe('CONFLICT');
    const again = (await ask(START, { input: { scope: 'a' } })).body.data.startSession;
    expect(again.privacy).toBe('GROUP');
  });
});

describe('in a group', () => {
  let home: { id: string };
  let group: { id: string };

  beforeEach(async () => {
    home = await sessionIn({ externalChatId: telegram });
    await say(home.id, SECRET);
    await say(home.id, 'What flowers are called');
    const before = await sessionIn({ scope: 'telegram:-100', privacy: 'PRIVATE' });
    await say(before.id, `${SECRET}, said before the others came`);
    const add = 'mutation ($input: AddFactInput!) { addFact(input: $input) { id } }';
    await ask(add, {
      input: { category: 'INTEREST', text: 'Grows a rhododendron called Beatrice', pinned: true },
    });
    await ask('mutation ($id: UUID!) { summarizeSession(id: $id) { id } }', { id: home.id });
    group = await sessionIn({ externalChatId: '-100' });
    await say(group.id, 'We talk of rhododendrons here');
    const elsewhere = await sessionIn({ externalChatId: '-200' });
    await say(elsewhere.id, `${SECRET}, said in another group`);
  });

  it('nothing private is in a context, whatever is asked for', async () => {
    for (const query of ['rhododendron', 'Beatrice', 'rhodedendron', 'what is the flower called', '']) {
      for (const extra of [
        {},
        { tokenBudget: 200_000, maxRecent: 100 },
        { include: ['RECENT'] },
        { include: ['SUMMARIES'] },
        { include: ['PROFILE'] },
      ]) {
        const { body } = await ask(BUILD, { input: { query, sessionId: group.id, ...extra } });
        expect(JSON.stringify(body)).not.toContain('Beatrice');
        expect(body.errors).toBeUndefined();
      }
    }
    const { body } = await ask(BUILD, { input: { query: 'rhododendron', sessionId: group.id } });
    expect(JSON.stringify(body)).toContain('We talk of rhododendrons here');
    expect(body.data.buildContext.sources).toHaveLength(2);
  });

  it('nothing private is recalled or recent, whatever the filter says', async () => {
    const filters = [
      undefined,
      { sessionId: home.id },
      { scope: `telegram:${telegram}` },
      { channel: 'telegram' },
    ];
    for (const filter of filters) {
      for (const query of ['rhododendron', 'Beatrice', 'Beatrix', '"called Beatrice"']) {
        const answer = await ask(RECALL, { query, filter, askedIn: group.id });
        expect(answer.body.errors).toBeUndefined();
        expect(JSON.stringify(answer.body)).not.toContain('Beatrice');
      }
    }
    const hits = (await ask(RECALL, { query: 'rhododendron', askedIn: group.id })).body.data.recall;
    expect(hits[0].interaction.question).toBe('We talk of rhododendrons here');
    const recent = (await ask(RECENT, { askedIn: group.id })).body.data.recentInteractions;
    expect(recent.map(({ question }: { question: string }) => question)).toEqual([
      'We talk of rhododendrons here',
    ]);
  });

  it('a bot that does not say where it asks is not answered', async () => {
    for (const [operation, variables, path] of [
      [BUILD, { input: { query: 'Beatrice' } }, 'input.sessionId'],
      [RECALL, { query: 'Beatrice' }, 'askedIn'],
      [RECENT, {}, 'askedIn'],
    ] as const) {
      const answer = await ask(operation, variables);
      expect([codeOf(answer), fieldsOf(answer)]).toEqual(['BAD_USER_INPUT', [path]]);
      const elsewhere = await server.graphql(operation, variables, bot);
      expect(codeOf(elsewhere)).toBeUndefined();
    }
  });

  it('what a context was made of, and would be made of today, holds nothing private', async () => {
    const { contextUsed } = (await ask(BUILD, { input: { query: 'Beatrice', sessionId: group.id } })).body
      .data.buildContext;
    const { body } = await ask(RECORD, {
      input: { sessionId: group.id, question: 'Beatrice?', contextUsed },
    });
    const replay = `query ($id: UUID!) { replayContext(interactionId: $id) { systemPrompt today { systemPrompt messages { content } } } }`;
    const answer = await ask(replay, { id: body.data.recordInteraction.interaction.id });
    expect(JSON.stringify(answer.body.data.replayContext.today)).toContain('We talk of');
    expect(JSON.stringify(answer.body)).not.toContain('is called Beatrice');
  });

  it('an answer that the service writes itself knows nothing private', async () => {
    const send = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { interaction { status answer contextUsed contextSources { id } } } }`;
    const { body } = await ask(send, {
      input: { sessionId: group.id, text: 'What is my rhododendron called?', wait: true },
    });
    expect(body.data.sendMessage.interaction.status).toBe('COMPLETED');
    expect(JSON.stringify(body)).not.toContain('Beatrice');
  });

  it('an answer that is written once more knows nothing private either', async () => {
    const id = await say(group.id, 'What is my rhododendron called?', 'I do not know.');
    const again = `mutation ($id: UUID!) { regenerateAnswer(interactionId: $id, wait: true) {
      interaction { status answer contextUsed versions { answer } } } }`;
    const { body } = await ask(again, { id });
    expect(body.data.regenerateAnswer.interaction.status).toBe('COMPLETED');
    expect(JSON.stringify(body)).not.toContain('Beatrice');
  });

  it('a private session that is resumed among them sees no more than they do', async () => {
    const alone = await sessionIn({ scope: 'a' });
    await ask(NOTE, { input: { sessionId: alone.id, role: 'SYSTEM', content: SECRET } });
    await say(alone.id, SECRET);
    await ask('mutation ($id: UUID!) { summarizeSession(id: $id) { id } }', { id: alone.id });
    const together = await sessionIn({ scope: 'a', privacy: 'GROUP' });
    await say(together.id, 'Rhododendrons need sour soil');
    await ask('mutation ($id: UUID!) { resumeSession(id: $id) { id } }', { id: alone.id });
    const built = await ask(BUILD, {
      input: { query: 'rhododendron Beatrice', sessionId: alone.id, tokenBudget: 500 },
    });
    expect(built.body.data.buildContext.systemPrompt).toContain('sour soil');
    const recalled = await ask(RECALL, { query: 'rhododendron', askedIn: alone.id });
    expect(recalled.body.data.recall).not.toEqual([]);
    const recent = await ask(RECENT, { askedIn: alone.id });
    expect(recent.body.data.recentInteractions).toHaveLength(1);
    expect(JSON.stringify([built, recalled, recent].map(({ body }) => body))).not.toContain('Beatrice');
  });

  it('a list of what may be shown there holds nothing else', async () => {
    const list = `query ($filter: SessionFilterInput) { sessions(filter: $filter) { edges { node {
      id privacy contextSummary preview { text } lastMessage { text }
      interactions { edges { node { question answer } } } } } } }`;
    const shown = await ask(list, { filter: { scope: 'telegram:-100', privacy: 'GROUP' } });
    expect(shown.body.data.sessions.edges.map(({ node }: any) => node.id)).toEqual([group.id]);
    expect(JSON.stringify(shown.body)).not.toContain('Beatrice');
    const all = await ask(list, { filter: { scope: 'telegram:-100' } });
    expect(all.body.data.sessions.edges).toHaveLength(2);
  });

  it('nothing private is found by a search of sessions', async () => {
    const search = `query ($text: String!, $askedIn: UUID) { searchSessions(text: $text, askedIn: $askedIn, neighbours: 2) {
      session { id preview { text } } hits { interaction { question } neighbours { question } highlights { text } } } }`;
    for (const text of ['rhododendron', 'Beatrice', 'Beatrix']) {
      const found = await ask(search, { text, askedIn: group.id });
      expect(found.body.errors).toBeUndefined();
      expect(JSON.stringify(found.body)).not.toContain('Beatrice');
    }
    const found = await ask(search, { text: 'rhododendron', askedIn: group.id });
    expect(found.body.data.searchSessions.map(({ session }: any) => session.id)).toEqual([group.id]);
    expect(fieldsOf(await ask(search, { text: 'Beatrice' }))).toEqual(['askedIn']);
  });

  it('after linking, nothing of the person’s own history is seen either', async () => {
    const person = await server.register();
    await server.graphql(RECORD, { input: { question: SECRET } }, person.token);
    const { code } = (await server.graphql('mutation { createLinkCode { code } }', {}, person.token)).body
      .data.createLinkCode;
    const linked = await ask('mutation ($code: String!) { linkIdentity(code: $code) { id } }', { code });
    expect(linked.body.errors).toBeUndefined();
    const answer = await ask(BUILD, {
      input: { query: 'Beatrice', sessionId: group.id, tokenBudget: 100_000 },
    });
    expect(JSON.stringify(answer.body)).toContain('We talk of rhododendrons here');
    expect(JSON.stringify(answer.body)).not.toContain('Beatrice');
    expect((await ask(RECENT, { askedIn: group.id })).body.data.recentInteractions).toHaveLength(1);
  });
});

it('in private, what was said in groups is remembered too', async () => {
  const group = await sessionIn({ externalChatId: '-100' });
  await say(group.id, 'The meeting is on Tuesday');
  const home = await sessionIn({ externalChatId: telegram });
  const { body } = await ask(BUILD, { input: { query: 'When is the meeting?', sessionId: home.id } });
  expect(body.data.buildContext.systemPrompt).toContain('The meeting is on Tuesday');
  const recent = (await ask(RECENT, { askedIn: home.id })).body.data.recentInteractions;
  expect(recent).toHaveLength(1);
});
