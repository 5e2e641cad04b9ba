import { LiveService } from '../../src/live/live.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, dropDatabase, execute } from '../support/database.js';
import { record, REVOKE } from '../support/sharing.js';
import { connect, until, watch } from '../support/sockets.js';

const INVITE = 'mutation ($input: InviteToSessionInput!) { inviteToSession(input: $input) { id } }';
const ACCEPT = 'mutation ($id: UUID!) { acceptInvitation(id: $id) { id } }';
const WRITE = 'mutation ($input: RecordSharedTurnInput!) { recordSharedTurn(input: $input) { id } }';
const WATCH = `subscription ($id: UUID!, $after: String) { sharedSessionChanged(id: $id, after: $after) {
  cursor kind turnId turn { question answer contextUsed } } }`;
const SECRET = 'a secret that all processes know, of some length';

let databaseUrl: string;
let one: TestApp;
let two: TestApp;
let owner: { token: string; userId: string };
let reader: { token: string; userId: string };
let sessionId: string;
let shareId: string;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  one = await startApp({ DATABASE_URL: databaseUrl, RECOLLECT_SECRET: SECRET });
  two = await startApp({ DATABASE_URL: databaseUrl, RECOLLECT_SECRET: SECRET });
});
afterAll(async () => {
  await Promise.all([one.close(), two.close()]);
  await dropDatabase(databaseUrl);
});
beforeEach(async () => {
  [owner, reader] = [await one.register(), await one.register()];
  ({ sessionId } = await record(one, owner.token, { question: 'First' }));
  const input = { sessionId, userId: reader.userId, role: 'COLLABORATOR' };
  shareId = (await one.graphql(INVITE, { input }, owner.token)).body.data.inviteToSession.id;
  await one.graphql(ACCEPT, { id: shareId }, reader.token);
});

const say = (question: string, more: Record<string, unknown> = {}) =>
  record(one, owner.token, { sessionId, question, ...more });

/** Watches in the other process; resolves once the stream flows. */
async function flowing(after?: string) {
  const { counters } = two.app.get(LiveService);
  const client = connect(two.wsUrl, reader.token, 0);
  const watched = watch(client, WATCH, { id: shareId, after });
  await until(() => counters.subscriptions === 1);
  const stop = async () => {
    await client.dispose();
    await until(() => counters.subscriptions === 0);
  };
  return { client, watched, stop };
}

/** A cursor to go on from, of somebody who has gone. */
async function cursorOf(question: string): Promise<string> {
  const { watched, stop } = await flowing();
  await say(question);
  const [{ cursor }] = await watched.atLeast(1);
  await stop();
  return cursor;
}

it('what happens in the session is told to whom it is shared with, in another process, and nothing else', async () => {
  const { watched, stop } = await flowing();
  await record(one, owner.token, { scope: 'elsewhere', question: 'Not for you' });
  const { id } = await say('Second', { answer: 'Yes', contextUsed: { quoted: 'elsewhere' } });
  await watched.atLeast(1);
  await one.graphql('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id }, owner.token);
  await two.graphql(WRITE, { input: { shareId, question: 'Mine' } }, reader.token);
  const events = await watched.atLeast(3);
  expect(events.map(({ kind, turnId, turn }) => [kind, turnId === id, turn])).toEqual([
    ['INTERACTION_RECORDED', true, { question: 'Second', answer: 'Yes', contextUsed: null }],
    ['INTERACTION_DELETED', true, null],
    ['INTERACTION_RECORDED', false, { question: 'Mine', answer: null, contextUsed: null }],
  ]);
  expect(JSON.stringify(events)).not.toMatch(/Not for you|elsewhere/);
  await stop();
});

it('goes on after a cursor without a gap, once and in order', async () => {
  const after = await cursorOf('Seen');
  const questions = Array.from({ length: 25 }, (_, index) => `Meanwhile ${index}`);
  for (const question of questions) await say(question);
  const { watched, stop } = await flowing(after);
  await watched.atLeast(25);
  await say('Live again');
  await watched.atLeast(26);
  expect(watched.events.map(({ turn }) => turn.question)).toEqual([...questions, 'Live again']);
  await stop();
});

it('passes over what the owner does elsewhere, however much it is', async () => {
  const after = await cursorOf('Seen');
  const items = Array.from({ length: 500 }, () => ({ scope: 'elsewhere', question: 'x' }));
  const many =
    'mutation ($items: [RecordInteractionInput!]!) { recordInteractions(items: $items) { error { code } } }';
  for (let times = 0; times < 5; times++) await one.graphql(many, { items }, owner.token);
  await say('At last');
  const { watched, stop } = await flowing(after);
  expect((await watched.atLeast(1))[0].turn.question).toBe('At last');
  await stop();
});

it('of a fork tells what becomes of the turns it shares with its parent, and nothing else of the parent', async () => {
  const { id } = await say('Shared');
  const fork = 'mutation ($input: ForkSessionInput!) { forkSession(input: $input) { id } }';
  const input = { sessionId, atInteraction: id };
  const forked = (await one.graphql(fork, { input }, owner.token)).body.data.forkSession.id;
  const invited = { sessionId: forked, userId: reader.userId, role: 'READER' };
  shareId = (await one.graphql(INVITE, { input: invited }, owner.token)).body.data.inviteToSession.id;
  await one.graphql(ACCEPT, { id: shareId }, reader.token);

  const { watched, stop } = await flowing();
  const later = await say('In the parent alone');
  await one.graphql('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: later.id }, owner.token);
  const rate = 'mutation ($id: UUID!) { rateInteraction(input: { id: $id, rating: 5 }) { id } }';
  await one.graphql(rate, { id }, owner.token);
  await record(one, owner.token, { sessionId: forked, question: 'In the fork' });
  await until(() => watched.events.at(-1)?.turn?.question === 'In the fork');
  await one.graphql('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id }, owner.token);
  await until(() => watched.events.at(-1)?.kind === 'INTERACTION_DELETED');
  const told = watched.events.filter(({ turnId }) => turnId !== null);
  expect(told.map(({ kind, turn }) => [kind, turn?.question])).toEqual([
    ['INTERACTION_UPDATED', 'Shared'],
    ['INTERACTION_RECORDED', 'In the fork'],
    ['INTERACTION_DELETED', undefined],
  ]);
  expect(told.at(-1)!.turnId).toBe(id);
  await stop();
});

describe('revoking', () => {
  it('ends the subscription at once, in whichever process', async () => {
    const { client, watched, stop } = await flowing();
    await say('Before');
    await watched.atLeast(1);
    await one.graphql(REVOKE, { id: shareId }, owner.token);
    await until(() => watched.errors.length > 0);
    expect(watched.errors[0].extensions.code).toBe('NOT_FOUND');
    await say('Behind closed doors');
    const again = watch(client, WATCH, { id: shareId });
    await until(() => again.errors.length > 0);
    expect(again.errors[0].extensions.code).toBe('NOT_FOUND');
    expect(watched.events).toHaveLength(1);
    await stop();
  });

  it.each([
    [
      'the session',
      () => one.graphql('mutation ($id: UUID!) { deleteSession(id: $id) }', { id: sessionId }, owner.token),
    ],
    [
      'the owner',
      () => one.graphql('mutation { deleteMe(password: "correct horse battery") { at } }', {}, owner.token),
    ],
  ])('by deleting %s ends it too', async (_, erase) => {
    const { watched, stop } = await flowing();
    await erase();
    await until(() => watched.errors.length > 0);
    expect(watched.errors[0].extensions.code).toBe('NOT_FOUND');
    await stop();
  });

  it('tells nothing more even where nobody hears of it', async () => {
    const { watched, stop } = await flowing();
    // Behind the service's back: no change, no wake-up.
    await execute(databaseUrl, 'update shares set expires_at = now() where id = $1', [shareId]);
    await say('Behind closed doors');
    await until(() => watched.errors.length > 0);
    expect(watched.events).toEqual([]);
    await stop();
  });
});

it('a cursor of another share, or another reader’s, is refused', async () => {
  const cursor = await cursorOf('Seen');
  const other = await one.register();
  const input = { sessionId, userId: other.userId, role: 'READER' };
  const { id } = (await one.graphql(INVITE, { input }, owner.token)).body.data.inviteToSession;
  await one.graphql(ACCEPT, { id }, other.token);
  const client = connect(two.wsUrl, other.token, 0);
  const refusal = async (variables: Record<string, unknown>) => {
    const { errors } = watch(client, WATCH, variables);
    return until(() => errors[0]?.extensions);
  };
  expect(await refusal({ id, after: cursor })).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: { after: ['is not a cursor of this list'] },
  });
  expect((await refusal({ id: shareId })).code).toBe('NOT_FOUND');
  await client.dispose();
});
