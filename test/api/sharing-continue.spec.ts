import { LearningService } from '../../src/profile/learning.service.js';
import { codeOf, startApp, type Answer, type TestApp } from '../support/app.js';
import { OPEN, record, REVOKE, share } from '../support/sharing.js';

const CONTINUE = `mutation ($input: ContinueSharedSessionInput!) { continueSharedSession(input: $input) {
  id title type scope metadata interactionCount userMessageCount assistantMessageCount toolMessageCount toolCallCount
  inputTokens outputTokens active revision
  interactions { edges { node { id sequence question answer steps { content } contextUsed metadata questionTokens
    occurredAt author { userId } } } } } }`;
const UPDATE = `mutation ($id: UUID!) { updateSession(input: { id: $id, title: "Tea", metadata: { a: 1 } }) { id } }`;

let server: TestApp;
let owner: { token: string; userId: string };
let reader: { token: string; userId: string };
let sessionId: string;

beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());
beforeEach(async () => {
  [owner, reader] = [await server.register(), await server.register()];
  ({ sessionId } = await record(server, owner.token, {
    question: 'I love hiking. Which tea?',
    answer: 'The smoky one.',
    contextUsed: { quoted: 'elsewhere' },
    metadata: { model: 'any' },
    steps: [{ role: 'TOOL', toolName: 'search', content: 'Lapsang' }],
  }));
  await record(server, owner.token, { sessionId, question: 'And now?', answer: 'Green.' });
  await server.graphql(UPDATE, { id: sessionId }, owner.token);
});

const proceed = (input: Record<string, unknown>, token = reader.token) =>
  server.graphql(CONTINUE, { input }, token);
const nodesOf = (answer: Answer): any[] =>
  answer.body.data.continueSharedSession.interactions.edges.map(({ node }: any) => node);

it('begins a session of the reader’s own with the turns as they are shown', async () => {
  const { token } = await share(server, owner.token, { sessionId });
  const shown = (await server.graphql(OPEN, { token })).body.data.sharedSession.turns.edges;
  const answer = await proceed({ token, scope: 'shared' });
  expect(answer.body.data.continueSharedSession).toMatchObject({
    title: 'Tea',
    type: 'TEXT_CHAT',
    scope: 'shared',
    metadata: {},
    interactionCount: 2,
    userMessageCount: 2,
    assistantMessageCount: 2,
    toolMessageCount: 0,
    active: true,
  });
  const turns = nodesOf(answer);
  expect(turns.map(({ question }) => question)).toEqual(['I love hiking. Which tea?', 'And now?']);
  expect(turns[0]).toMatchObject({
    answer: 'The smoky one.',
    steps: [],
    contextUsed: null,
    metadata: {},
    occurredAt: shown[0].node.occurredAt,
    author: { userId: null },
  });
  expect(turns.map(({ id }) => id)).not.toContain(shown[0].node.id);
  const tokens = turns.reduce((sum: number, turn) => sum + Number(turn.questionTokens), 0);
  expect(answer.body.data.continueSharedSession.inputTokens).toBe(tokens);

  const next = await record(server, reader.token, { scope: 'shared', question: 'Mine' });
  expect(next.sessionId).toBe(answer.body.data.continueSharedSession.id);
});

it('takes metadata, context and steps along where they are shown', async () => {
  const all = { sessionId, showMetadata: true, showContext: true, showSteps: true };
  const answer = await proceed({ token: (await share(server, owner.token, all)).token });
  expect(answer.body.data.continueSharedSession).toMatchObject({
    metadata: { a: 1 },
    toolMessageCount: 1,
    toolCallCount: 1,
  });
  expect(nodesOf(answer)[0]).toMatchObject({
    steps: [{ content: 'Lapsang' }],
    contextUsed: { quoted: 'elsewhere' },
    metadata: { model: 'any' },
  });
});

it('is told to the reader by the log, a step for each turn, and leaves the owner as it was', async () => {
  const revision = async (token: string) =>
    (await server.graphql('{ me { revision } }', {}, token)).body.data.me.revision;
  const { token } = await share(server, owner.token, { sessionId });
  const before = await revision(owner.token);
  const answer = await proceed({ token });
  const { body } = await server.graphql(
    '{ changes(after: 0) { revision changes { revision kind interactionId } } }',
    {},
    reader.token,
  );
  expect(body.data.changes.changes).toEqual([
    { revision: 1, kind: 'SESSION_STARTED', interactionId: null },
    ...nodesOf(answer).map(({ id }, index) => ({
      revision: index + 2,
      kind: 'INTERACTION_RECORDED',
      interactionId: id,
    })),
  ]);
  expect(nodesOf(answer).map(({ sequence }) => sequence)).toEqual([2, 3]);
  expect(answer.body.data.continueSharedSession.revision).toBe(3);
  expect(await revision(reader.token)).toBe(3);
  expect(await revision(owner.token)).toBe(before);
});

it('is safe to repeat under an id of the reader’s', async () => {
  const { token } = await share(server, owner.token, { sessionId });
  const other = await share(server, owner.token, { sessionId });
  const id = '0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d';
  const first = await proceed({ id, token });
  expect(first.body.data.continueSharedSession.id).toBe(id);
  expect((await proceed({ id, token })).body).toEqual(first.body);
  expect(codeOf(await proceed({ id, token: other.token }))).toBe('CONFLICT');
});

it('of an empty session begins an empty one', async () => {
  const { token } = await share(server, owner.token, { sessionId });
  await server.graphql(
    'mutation ($id: UUID!) { clearMessages(id: $id) { id } }',
    { id: sessionId },
    owner.token,
  );
  const answer = await proceed({ token });
  expect(answer.body.data.continueSharedSession).toMatchObject({
    interactionCount: 0,
    inputTokens: 0,
    revision: 1,
  });
});

it('leaves out what is not answered', async () => {
  const opened =
    'mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { interaction { id } } }';
  await server.graphql(opened, { input: { sessionId, question: 'Open' } }, owner.token);
  const { token } = await share(server, owner.token, { sessionId });
  expect(nodesOf(await proceed({ token }))).toHaveLength(2);
});

it('stays with the reader when the share, or the owner, is gone', async () => {
  const { token, share: made } = await share(server, owner.token, { sessionId });
  const { id } = (await proceed({ token })).body.data.continueSharedSession;
  await server.graphql(REVOKE, { id: made.id }, owner.token);
  expect(codeOf(await proceed({ token }))).toBe('NOT_FOUND');
  await server.graphql('mutation { deleteMe(password: "correct horse battery") { at } }', {}, owner.token);
  const { body } = await server.graphql(
    'query ($id: UUID!) { session(id: $id) { interactionCount } }',
    { id },
    reader.token,
  );
  expect(body.data.session.interactionCount).toBe(2);
});

it('needs the password of the link, and exactly one source', async () => {
  const { token } = await share(server, owner.token, { sessionId, password: 'open sesame' });
  expect(codeOf(await proceed({ token }))).toBe('FORBIDDEN');
  expect(codeOf(await proceed({ token, password: 'wrong password' }))).toBe('FORBIDDEN');
  expect(codeOf(await proceed({ token, password: 'open sesame' }))).toBeUndefined();
  expect(codeOf(await proceed({}))).toBe('BAD_USER_INPUT');
  expect(codeOf(await proceed({ token, shareId: sessionId }))).toBe('BAD_USER_INPUT');
  expect(codeOf(await proceed({ shareId: sessionId }))).toBe('NOT_FOUND');
});

it('teaches nothing of the reader', async () => {
  const facts = async (token: string, userId: string) => {
    await server.app.get(LearningService).catchUp(userId, 1, async () => {});
    const { body } = await server.graphql('{ profile { interests { text } } }', {}, token);
    return body.data.profile.interests.length;
  };
  const { token } = await share(server, owner.token, { sessionId });
  await proceed({ token });
  expect(await facts(reader.token, reader.userId)).toBe(0);
  expect(await facts(owner.token, owner.userId)).toBe(1);
});
