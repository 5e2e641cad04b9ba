import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { startModelServer, type ModelServer } from '../support/model-server.js';
import { connect, watch } from '../support/sockets.js';

const FIELDS = 'id name type title tags systemNote systemNoteTokens state metadata tokenLimit';
const CREATE = `mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) { ${FIELDS} } }`;
const COPY = `mutation ($sessionId: UUID!, $name: String!) {
  createTemplateFromSession(sessionId: $sessionId, name: $name) { ${FIELDS} } }`;
const UPDATE = `mutation ($input: UpdateTemplateInput!) { updateTemplate(input: $input) { ${FIELDS} } }`;
const DELETE = 'mutation ($id: UUID!) { deleteTemplate(id: $id) }';
const LIST = `{ templates { ${FIELDS} } }`;
const SESSION = `id type title tags scope state metadata tokenLimit startedAt systemMessageCount inputTokens
  messages(first: 10) { edges { node { role content tokens } } }`;
const START = `mutation ($input: StartFromTemplateInput!) { startFromTemplate(input: $input) { ${SESSION} } }`;
const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id } } }`;
const BUILD = `query ($input: BuildContextInput!) { buildContext(input: $input) {
  messages { role content } tokens sections { name tokens items leftOut } sources { id role why } contextUsed } }`;
const REPLAY = `query ($id: UUID!) { replayContext(interactionId: $id) {
  messages { role content } tokens missing sources { id role why } added { id } removed { id } } }`;

const TUTOR = {
  name: 'French lesson',
  type: 'VOICE_CALL',
  title: 'Leçon',
  tags: ['french', 'lesson'],
  systemNote: 'Answer in French only, and correct what I say.',
  state: { level: 'B1' },
  metadata: { voice: 'calm' },
  tokenLimit: 8000,
};
const NOTE = { role: 'SYSTEM', content: TUTOR.systemNote };

let model: ModelServer;
let app: TestApp;
let token: string;

beforeAll(async () => {
  model = await startModelServer();
  app = await startApp({ LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'any' });
});
afterAll(async () => {
  await app.close();
  await model.close();
});
beforeEach(async () => {
  ({ token } = await app.register());
});

const ask = (query: string, variables?: object) => app.ask(query, variables, token);
const create = async (input: object = TUTOR) => (await ask(CREATE, { input })).createTemplate;
const start = async (input: object) => (await ask(START, { input })).startFromTemplate;

describe('a template', () => {
  it('is what was said of it, and the defaults', async () => {
    const template = await create();
    expect(template).toMatchObject(TUTOR);
    expect(template.systemNoteTokens).toBeGreaterThan(5);
    const plain = await create({ name: 'A plain one' });
    expect(plain).toEqual({
      id: plain.id,
      name: 'A plain one',
      type: 'TEXT_CHAT',
      title: null,
      tags: [],
      systemNote: null,
      systemNoteTokens: 0,
      state: {},
      metadata: {},
      tokenLimit: null,
    });
    expect((await ask(LIST)).templates).toEqual([plain, template]);
  });

  it('can be changed in part, emptied and deleted', async () => {
    const { id, ...created } = await create();
    const change = async (input: object) => (await ask(UPDATE, { input: { id, ...input } })).updateTemplate;
    expect(await change({ title: 'Cours', systemNote: 'Parle.' })).toMatchObject({
      ...TUTOR,
      title: 'Cours',
      systemNote: 'Parle.',
      systemNoteTokens: 3,
    });
    const bare = { title: null, tags: [], systemNote: null, state: {}, metadata: {}, tokenLimit: null };
    expect(await change(bare)).toEqual({ ...created, id, ...bare, systemNoteTokens: 0 });
    expect(await ask(DELETE, { id })).toEqual({ deleteTemplate: id });
    expect((await ask(LIST)).templates).toEqual([]);
    await expect(ask(DELETE, { id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(change({ title: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('has a name of its own, for each user', async () => {
    const first = await create({ name: 'One' });
    await create({ name: 'Two' });
    await expect(create({ name: 'One' })).rejects.toMatchObject({ code: 'CONFLICT' });
    const rename = { id: first.id, name: 'Two' };
    await expect(ask(UPDATE, { input: rename })).rejects.toMatchObject({ code: 'CONFLICT' });
    await ask(UPDATE, { input: { id: first.id, name: 'One', title: 'kept its own name' } });
    ({ token } = await app.register());
    expect(await create({ name: 'One' })).toMatchObject({ name: 'One' });
  });

  it('keeps each tag once, where it came first', async () => {
    const { id, tags } = await create({ name: 'Tagged', tags: ['tea', 'work', 'tea'] });
    expect(tags).toEqual(['tea', 'work']);
    const again = ['z', 'a', 'z', 'tea', 'a'];
    const updated = await ask(UPDATE, { input: { id, tags: again } });
    expect(updated.updateTemplate.tags).toEqual(['z', 'a', 'tea']);
  });

  it('is one of at most 100', async () => {
    for (let n = 0; n < 100; n++) await create({ name: `n${n}` });
    await expect(create({ name: 'one more' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it.each([
    ['name', ''],
    ['systemNote', 'x'.repeat(64 * 1024 + 1)],
    ['tokenLimit', 99],
    ['tags', ['']],
    ['state', []],
  ])('hears what is wrong with its %s', async (field, value) => {
    await expect(create({ name: 'x', [field]: value })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { [`input.${field}`]: expect.any(Array) },
    });
  });

  it('is told live when it comes, changes and goes', async () => {
    const client = connect(app.wsUrl, token);
    const changes = watch(client, 'subscription { changes(after: 0) { kind sessionId } }');
    const { id } = await create();
    await ask(UPDATE, { input: { id, title: 'x' } });
    await ask(DELETE, { id });
    expect(await changes.atLeast(3)).toEqual(
      ['TEMPLATE_CREATED', 'TEMPLATE_UPDATED', 'TEMPLATE_DELETED'].map((kind) => ({ kind, sessionId: null })),
    );
    await client.dispose();
  });
});

describe('a session from a template', () => {
  it('is like it, and begins with the system note', async () => {
    const { id: templateId, name, systemNote, systemNoteTokens, ...like } = await create();
    const session = await start({ templateId });
    expect(session).toMatchObject({ ...like, scope: '', systemMessageCount: 1 });
    expect(session.inputTokens).toBe(systemNoteTokens);
    expect(session.messages.edges).toEqual([{ node: { ...NOTE, tokens: systemNoteTokens } }]);
  });

  it('is as the call says otherwise, and begins when that says', async () => {
    const { id: templateId } = await create();
    await ask(RECORD, { input: { question: 'Now', scope: 'old' } });
    const occurredAt = '2025-03-01T08:00:00.000Z';
    const session = await start({ templateId, scope: 'old', title: 'Another', occurredAt });
    expect(session).toMatchObject({
      scope: 'old',
      title: 'Another',
      startedAt: occurredAt,
      tags: TUTOR.tags,
    });
    expect(session.systemMessageCount).toBe(1);
  });

  it('is started once by a call that is repeated, even when the template is gone', async () => {
    const { id: templateId } = await create();
    const input = { templateId, id: randomUUID() };
    const session = await start(input);
    expect(await start(input)).toEqual(session);
    await expect(start({ ...input, title: 'x' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await ask(DELETE, { id: templateId });
    expect(await start(input)).toEqual(session);
    await expect(start({ templateId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('makes the same template again', async () => {
    const template = await create();
    const { id: sessionId } = await start({ templateId: template.id });
    await ask(RECORD, { input: { sessionId, question: 'Bonjour', answer: 'Bonjour !' } });
    const copy = (await ask(COPY, { sessionId, name: 'Again' })).createTemplateFromSession;
    expect(copy).toEqual({ ...template, id: copy.id, name: 'Again' });
    await expect(ask(COPY, { sessionId, name: 'Again' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(ask(COPY, { sessionId: randomUUID(), name: 'x' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('gives no system note to a template when something else was said first', async () => {
    await ask(RECORD, { input: { question: 'Hello', steps: [{ role: 'SYSTEM', content: 'a step' }] } });
    const { id: sessionId } = (await ask('{ currentSession { id } }')).currentSession;
    const copy = (await ask(COPY, { sessionId, name: 'x' })).createTemplateFromSession;
    expect(copy.systemNote).toBeNull();
  });
});

describe('the system note', () => {
  let sessionId: string;
  beforeEach(async () => {
    const { id: templateId } = await create();
    ({ id: sessionId } = await start({ templateId }));
    for (let n = 0; n < 5; n++)
      await ask(RECORD, { input: { sessionId, question: `Phrase ${n}`, answer: 'Bien.' } });
  });
  const build = async (input: object) =>
    (await ask(BUILD, { input: { query: 'Et alors ?', ...input } })).buildContext;

  it('is the first message of each context of its session, within the budget', async () => {
    const context = await build({ sessionId, maxRecent: 2 });
    expect(context.messages.map(({ role }: any) => role)).toEqual([
      'SYSTEM',
      ...['USER', 'ASSISTANT', 'USER', 'ASSISTANT'],
    ]);
    expect(context.messages[0]).toEqual(NOTE);
    const section = context.sections.find(({ name }: any) => name === 'SYSTEM_NOTE');
    expect(section).toMatchObject({ items: 1, leftOut: 0 });
    expect(context.sources.at(-1)).toMatchObject({ role: 'SYSTEM', why: 'SYSTEM_NOTE' });
    const taken = context.sections.map(({ tokens }: { tokens: number }) => tokens);
    expect(context.tokens).toBe(taken.reduce((sum: number, tokens: number) => sum + tokens, 0));
    const without = await build({ sessionId, include: ['RECENT'] });
    expect(without.messages[0].role).toBe('USER');
    expect((await build({})).messages[0].role).toBe('USER');
  });

  it('is left out when the budget has no room for it', async () => {
    const { id: templateId } = await create({ name: 'long', systemNote: 'word '.repeat(500) });
    const { id } = await start({ templateId, scope: 'long' });
    const { messages, tokens, sections } = await build({ sessionId: id, tokenBudget: 400 });
    expect(messages).toEqual([]);
    expect(tokens).toBeLessThanOrEqual(400);
    expect(sections.at(-1)).toEqual({ name: 'SYSTEM_NOTE', tokens: 0, items: 0, leftOut: 1 });
    expect((await build({ sessionId: id, tokenBudget: 800 })).messages).toHaveLength(1);
  });

  it('is told by the receipt of a context while it exists', async () => {
    const { contextUsed, messages, tokens } = await build({ sessionId });
    const input = { sessionId, question: 'Et alors ?', contextUsed };
    const { interaction } = (await ask(RECORD, { input })).recordInteraction;
    const replay = async () => (await ask(REPLAY, { id: interaction.id })).replayContext;
    expect(await replay()).toMatchObject({ messages, tokens, missing: 0, added: [], removed: [] });
    const { sources } = await replay();
    const note = sources.find(({ role }: any) => role === 'SYSTEM');
    await ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: note.id });
    expect(await replay()).toMatchObject({ messages: messages.slice(1), missing: 1 });
  });

  it('goes to the model as the message of the system that it is', async () => {
    const send =
      'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { interaction { status } } }';
    await ask(send, { input: { text: 'Et alors ?', sessionId, wait: true } });
    const [instructions, note, first] = model.requests.at(-1)!.messages;
    expect(instructions!.content).not.toContain(TUTOR.systemNote);
    expect(note).toEqual({ role: 'system', content: TUTOR.systemNote });
    expect(first).toEqual({ role: 'user', content: 'Phrase 0' });
  });
});
