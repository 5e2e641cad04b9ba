import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { jest } from '@jest/globals';
import type { Client } from 'graphql-ws';
import { AuthService } from '../../src/auth/auth.service.js';
import type { StatementEnded } from '../../src/database/database.js';
import { Executor } from '../../src/graphql/executor.js';
import { LiveService } from '../../src/live/live.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { connect, follow, openSocket, until, watch } from '../support/sockets.js';

const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id revision sessionId } } }`;
const CHANGES = `subscription ($after: Revision) {
  changes(after: $after) {
    revision kind sessionId interactionId session { id title } interaction { question answer } } }`;
const ADDED = `subscription ($sessionId: UUID, $after: Revision) {
  interactionAdded(sessionId: $sessionId, after: $after) {
    revision kind interaction { id question answer session { id interactionCount } } } }`;
const SESSIONS = `subscription ($after: Revision) {
  sessionChanged(after: $after) { revision kind sessionId session { id title endReason } } }`;

let app: TestApp;
let token: string;
let userId: string;
let client: Client;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  ({ token, userId } = await app.register());
  client = connect(app.wsUrl, token);
});
afterEach(() => client.dispose());

const ask = (query: string, variables?: object) => app.ask(query, variables, token);
const record = async (question: string, input = {}) =>
  (await ask(RECORD, { input: { question, ...input } })).recordInteraction.interaction;
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Resolves when so many subscriptions flow: what is written from then on is told, cursor or not. */
async function flowing(count: number): Promise<void> {
  const { counters } = app.app.get(LiveService);
  await until(() => counters.subscriptions === count);
}

describe('what is told', () => {
  it('changes: everything that happens, in order, deletions too', async () => {
    const changes = watch(client, CHANGES, { after: 0 });
    const { id, sessionId } = await record('Where is Paris?', { answer: 'In France.' });
    await ask('mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id } }', {
      input: { id: sessionId, title: 'Geography' },
    });
    await changes.atLeast(3);
    await ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id });
    await ask('mutation ($id: UUID!) { deleteSession(id: $id) }', { id: sessionId });
    await changes.atLeast(5);
    expect(changes.events).toMatchObject([
      { revision: 1, kind: 'SESSION_STARTED', sessionId, session: { id: sessionId }, interaction: null },
      {
        revision: 2,
        kind: 'INTERACTION_RECORDED',
        interactionId: id,
        interaction: { question: 'Where is Paris?', answer: 'In France.' },
      },
      { revision: 3, kind: 'SESSION_UPDATED', session: { title: 'Geography' } },
      { revision: 4, kind: 'INTERACTION_DELETED', interactionId: id, interaction: null },
      { revision: 5, kind: 'SESSION_DELETED', sessionId, session: null },
    ]);
    expect(changes.errors).toEqual([]);
  });

  it('interactionAdded: recorded, opened and completed, of all sessions or one', async () => {
    const all = watch(client, ADDED);
    await flowing(1);
    const first = await record('One?', { answer: 'One.' });
    const one = watch(client, ADDED, { sessionId: first.sessionId, after: 0 });
    const opened = await ask(
      'mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { interaction { id } } }',
      { input: { question: 'Two?', scope: 'elsewhere' } },
    );
    const { id } = opened.openInteraction.interaction;
    await ask(
      'mutation ($input: CompleteInteractionInput!) { completeInteraction(input: $input) { interaction { id } } }',
      {
        input: { id, answer: 'Two.' },
      },
    );
    await record('Three?', { sessionId: first.sessionId });
    await all.atLeast(4);
    await one.atLeast(2);
    expect(all.events.map(({ kind, interaction }) => [kind, interaction.question])).toEqual([
      ['INTERACTION_RECORDED', 'One?'],
      ['INTERACTION_OPENED', 'Two?'],
      ['INTERACTION_COMPLETED', 'Two?'],
      ['INTERACTION_RECORDED', 'Three?'],
    ]);
    expect(all.events[0].interaction.session).toMatchObject({ id: first.sessionId });
    expect(one.events.map(({ interaction }) => interaction.question)).toEqual(['One?', 'Three?']);
  });

  it('interactionAdded: failed, at once or after it was opened', async () => {
    const added = watch(client, ADDED);
    await flowing(1);
    await record('One?', { error: 'No model.' });
    const opened = await ask(
      'mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { interaction { id } } }',
      { input: { question: 'Two?' } },
    );
    const { id } = opened.openInteraction.interaction;
    await ask(
      'mutation ($input: FailInteractionInput!) { failInteraction(input: $input) { interaction { id } } }',
      { input: { id, error: 'No answer.' } },
    );
    await added.atLeast(3);
    expect(added.events.map(({ kind, interaction }) => [kind, interaction.question])).toEqual([
      ['INTERACTION_RECORDED', 'One?'],
      ['INTERACTION_OPENED', 'Two?'],
      ['INTERACTION_FAILED', 'Two?'],
    ]);
  });

  it('sessionChanged: started, updated, ended', async () => {
    const sessions = watch(client, SESSIONS);
    await flowing(1);
    const { sessionId } = await record('Hello?');
    await ask('mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id } }', {
      input: { id: sessionId, title: 'Greetings' },
    });
    await ask('mutation ($input: EndSessionInput!) { endSession(input: $input) { id } }', {
      input: { id: sessionId },
    });
    await sessions.atLeast(3);
    expect(sessions.events).toMatchObject([
      { kind: 'SESSION_STARTED', sessionId },
      { kind: 'SESSION_UPDATED', sessionId, session: { title: 'Greetings' } },
      { kind: 'SESSION_ENDED', sessionId, session: { endReason: 'EXPLICIT' } },
    ]);
  });

  it('only to whom it belongs', async () => {
    const mine = watch(client, CHANGES, { after: 0 });
    const other = await app.register();
    await app.graphql(RECORD, { input: { question: 'Private' } }, other.token);
    await record('Mine');
    await mine.atLeast(2);
    expect(mine.events.at(-1).interaction.question).toBe('Mine');
    expect(mine.events).toHaveLength(2);
  });

  it('is rendered once for all subscribers of a user, whatever cursor each came with', async () => {
    await record('Before');
    const watches = range(0, 9).map((index) => watch(client, CHANGES, { after: index % 3 }));
    await flowing(10);
    await Promise.all(watches.map((watched, index) => watched.atLeast(2 - (index % 3))));
    const execute = jest.spyOn(app.app.get(Executor), 'execute');
    await record('Once');
    await Promise.all(watches.map((watched) => until(() => watched.events.at(-1)?.revision === 3)));
    const events = execute.mock.calls.filter(([{ rootValue }]) => rootValue !== undefined);
    execute.mockRestore();
    expect(events).toHaveLength(1);
  });
});

describe('the cursor', () => {
  it('replays more than one page, then goes live, without a gap or a duplicate', async () => {
    const items = range(1, 180).map((index) => ({ question: `Question ${index}` }));
    await ask(
      'mutation ($items: [RecordInteractionInput!]!) { recordInteractions(items: $items) { interaction { id } } }',
      {
        items,
      },
    );
    const changes = watch(client, CHANGES, { after: 7 });
    await changes.atLeast(10);
    await record('Live');
    await changes.atLeast(175);
    expect(changes.events.map(({ revision }) => revision)).toEqual(range(8, 182));
  });

  it('replays large interactions a few at a time', async () => {
    const steps = Array.from({ length: 2 }, () => ({ role: 'SYSTEM', content: 'x'.repeat(1024 * 1024) }));
    for (let index = 0; index < 6; index++) await record(`Question ${index}`, { steps });
    const rows: number[] = [];
    const listener = (message: unknown) => {
      const statement = message as StatementEnded;
      if (statement.name === 'changes_since') rows.push(statement.rows);
    };
    subscribe('recollect:statement', listener);
    const changes = watch(client, CHANGES, { after: 1 });
    await changes.atLeast(6);
    unsubscribe('recollect:statement', listener);
    expect(changes.events.map(({ revision }) => revision)).toEqual(range(2, 7));
    expect(Math.max(...rows)).toBe(1);
  });

  it('resumes after any number of lost connections while somebody writes', async () => {
    const followers = range(0, 4).map(() => follow(app.wsUrl, async () => token, 'changes', 0));
    let written = 0;
    const writers = range(0, 3).map(async () => {
      for (let index = 0; index < 60; index++) {
        await record(`Question ${written++}`);
        if (index % 7 === 0) followers[written % followers.length]!.drop();
      }
    });
    await Promise.all(writers);
    await Promise.all(followers.map(({ reached }) => reached(241)));
    for (const { revisions, stop } of followers) {
      stop();
      expect(revisions).toEqual(range(1, 241));
    }
  });

  it('ahead of the server is refused', async () => {
    const changes = watch(client, CHANGES, { after: 1 });
    await until(() => changes.errors.length > 0);
    expect(changes.errors).toMatchObject([
      { path: ['changes'], extensions: { code: 'BAD_USER_INPUT', fields: { after: [expect.any(String)] } } },
    ]);
  });
});

describe('who watches', () => {
  it('is asked to come back with a fresh token when the old one ends, and misses nothing', async () => {
    const auth = app.app.get(AuthService);
    const follower = follow(app.wsUrl, () => auth.issueAccessToken(userId, 1), 'interactionAdded', 0);
    let written = 0;
    while (!follower.closes.includes(4403)) await record(`Question ${written++}`);
    await record(`Question ${written++}`);
    await follower.reached(written + 1);
    follower.stop();
    expect(follower.revisions).toEqual(range(2, written + 1));
  });

  it('is turned away once the account is deleted, with what was still open', async () => {
    const open = await openSocket(app.wsUrl, token);
    const idle = await openSocket(app.wsUrl, token);
    open.subscribe(CHANGES, { variables: { after: 0 } });
    await flowing(1);
    await ask('mutation { deleteMe(password: "correct horse battery") { at } }');
    await flowing(0);
    expect(await open.closed).toMatchObject({ code: 4403 });
    expect(await idle.closed).toMatchObject({ code: 4403 });
  });
});
