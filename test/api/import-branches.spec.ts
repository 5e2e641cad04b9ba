import { randomUUID } from 'node:crypto';
import { execute } from '../support/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { exported, importFile } from '../support/imports.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const START = 'mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }';
const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id } error { message } } }`;
const FORK = 'mutation ($input: ForkSessionInput!) { forkSession(input: $input) { id } }';
const END = 'mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }';
const DELETE = 'mutation ($id: UUID!) { deleteSession(id: $id) }';
const CLEAR = 'mutation ($id: UUID!) { clearMessages(id: $id) { id } }';
const SESSION = `query ($id: UUID!) { session(id: $id) {
  interactionCount inheritedInteractionCount parentSessionId forkPoint { question }
  interactions(first: 100) { edges { node { question sessionId } } } summaries { text level supersededBy } } }`;

async function person() {
  const { token, userId } = await app.register();
  const ask = async (query: string, variables: Record<string, unknown> = {}): Promise<any> =>
    Object.values(await app.ask(query, variables, token))[0];
  const session = (id: string) => ask(SESSION, { id });
  const get = async (query: string) =>
    (await fetch(`${app.url}/export?${query}`, { headers: { authorization: `Bearer ${token}` } })).text();
  return {
    token,
    userId,
    ask,
    session,
    get,
    /** What it has, its ancestors' turns too. */
    told: async (id: string): Promise<string[]> =>
      (await session(id)).interactions.edges.map(({ node }: any) => node.question),
    start: async (title: string, more: object = {}): Promise<string> =>
      (await ask(START, { input: { title, ...more } })).id,
    say: async (sessionId: string, ...questions: string[]): Promise<string[]> => {
      const items = questions.map((question) => ({ sessionId, question, answer: `${question}?` }));
      return (await ask(RECORD, { items })).map(({ interaction }: any) => interaction.id);
    },
    fork: async (sessionId: string, atInteraction: string): Promise<string> =>
      (await ask(FORK, { input: { sessionId, atInteraction } })).id,
    end: (...ids: string[]) => Promise.all(ids.map((id) => ask(END, { id }))),
    summarise: (sessionId: string, text: string, first: string, last: string) =>
      execute(
        app.databaseUrl,
        `insert into summaries (user_id, id, session_id, level, from_sequence, to_sequence, text, tokens, produced_by)
         select $1, $2, $3, 1, min(sequence), max(sequence), $4, 3, 'extractive'
         from interactions where user_id = $1 and id in ($5, $6)`,
        [userId, randomUUID(), sessionId, text, first, last],
      ),
  };
}
type Person = Awaited<ReturnType<typeof person>>;

let ada: Person;
beforeEach(async () => {
  ada = await person();
});

/** root: a b c, child at b: d e, grandchild at d: f; and what the root and the child went on with. */
async function generations({ start, say, fork, end }: Person) {
  const root = await start('Root', { tags: ['tea'] });
  const [, b] = await say(root, 'a', 'b');
  const child = await fork(root, b!);
  const [d] = await say(child, 'd');
  const grandchild = await fork(child, d!);
  await say(grandchild, 'f');
  await say(child, 'e');
  const [c] = await say(root, 'c');
  const sibling = await fork(root, c!);
  await say(sibling, 'g');
  await end(root, child, grandchild, sibling);
  return { root, child, grandchild, sibling, turns: { b: b!, c: c!, d: d! } };
}
const histories = {
  root: ['a', 'b', 'c'],
  child: ['a', 'b', 'd', 'e'],
  grandchild: ['a', 'b', 'd', 'f'],
  sibling: ['a', 'b', 'c', 'g'],
};

it('three generations come back byte-equal, without a copied turn, and once', async () => {
  const ids = await generations(ada);
  const file = await exported(app, ada.token);
  const bob = await person();
  const report = await importFile(app, bob.token, file);
  expect(report).toMatchObject({
    errors: [],
    counts: { sessions: [4, 0, 0], branches: [4, 0, 0], interactions: [7, 0, 0] },
  });
  expect(await exported(app, bob.token)).toBe(file);
  for (const [name, history] of Object.entries(histories)) {
    expect(await bob.told(ids[name as keyof typeof histories])).toEqual(history);
  }
  expect(await bob.session(ids.grandchild)).toMatchObject({
    interactionCount: 1,
    inheritedInteractionCount: 3,
    parentSessionId: ids.child,
    forkPoint: { question: 'd' },
  });
  // What is said and forked from then on goes on as it does of any other.
  const next = await bob.fork(ids.grandchild, ids.turns.d);
  await bob.say(next, 'h');
  await bob.say(ids.root, 'i');
  expect(await bob.told(next)).toEqual(['a', 'b', 'd', 'h']);
  expect(await bob.told(ids.grandchild)).toEqual(histories.grandchild);
  const revision = await bob.ask('{ me { revision } }');
  const again = await importFile(app, bob.token, file);
  expect(again.counts).toMatchObject({ sessions: [0, 4, 0], branches: [0, 4, 0], interactions: [0, 7, 0] });
  expect(await bob.ask('{ me { revision } }')).toEqual(revision);
});

it('whoever holds the turns of a session that is gone comes before the others', async () => {
  const { root, child, sibling } = await generations(ada);
  await ada.ask(DELETE, { id: root });
  // The sibling, which began last, has seen the most of the root.
  const file = await exported(app, ada.token);
  const order = JSON.parse(file).sessions.map(({ id }: any) => id);
  expect(order.indexOf(sibling)).toBeLessThan(order.indexOf(child));
  const bob = await person();
  expect((await importFile(app, bob.token, file)).errors).toEqual([]);
  expect(await bob.told(child)).toEqual(histories.child);
  expect(await exported(app, bob.token)).toBe(file);
});

it('summaries of turns that a fork has of others, and of what was cleared, come along', async () => {
  const root = await ada.start('Root');
  const [a] = await ada.say(root, 'a');
  await ada.summarise(root, 'of what was cleared', a!, a!);
  await ada.ask(CLEAR, { id: root });
  const [b] = await ada.say(root, 'b');
  const fork = await ada.fork(root, b!);
  const [c] = await ada.say(fork, 'c');
  await ada.summarise(fork, 'of both', b!, c!);
  const other = await ada.fork(root, b!);
  await ada.ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: b });
  await ada.summarise(fork, 'of the fork', c!, c!);
  await ada.say(root, 'd');
  await ada.end(root, fork, other);
  const file = await exported(app, ada.token);
  const bob = await person();
  expect((await importFile(app, bob.token, file)).errors).toEqual([]);
  expect(await exported(app, bob.token)).toBe(file);
  for (const id of [root, fork, other]) {
    expect((await bob.session(id)).summaries).toEqual((await ada.session(id)).summaries);
  }
  expect((await bob.session(other)).summaries).toMatchObject([{ text: 'of what was cleared' }]);
});

describe('a selection', () => {
  it('with a fork alone has all that the fork has, in every form', async () => {
    const { grandchild, root } = await generations(ada);
    const file = await ada.get(`sessionId=${grandchild}`);
    const bob = await person();
    expect(await importFile(app, bob.token, file)).toMatchObject({
      errors: [],
      counts: { sessions: [1, 0, 0], interactions: [4, 0, 0] },
    });
    expect(await bob.told(grandchild)).toEqual(histories.grandchild);
    expect(await bob.session(grandchild)).toMatchObject({ parentSessionId: null, interactionCount: 4 });
    for (const format of ['jsonl', 'markdown', 'csv']) {
      const text = await ada.get(`sessionId=${grandchild}&format=${format}`);
      expect([...text.matchAll(/\b([a-g])\?/g)].map(([, said]) => said)).toEqual(histories.grandchild);
    }
    // Each line for fine-tuning is a conversation; to be read, each turn is there once.
    const lines = (await ada.get('format=jsonl')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).messages.length)).toEqual([6, 8, 8, 8]);
    const text = await ada.get(`sessionId=${grandchild}&sessionId=${root}&format=markdown`);
    expect([...text.matchAll(/\b([a-g])\?/g)].map(([, said]) => said)).toEqual(['a', 'b', 'c', 'd', 'f']);
    expect(text).toContain('goes on from a conversation above');
  });

  it('with two forks of what is not in it has the turns of both once', async () => {
    const { child, sibling } = await generations(ada);
    const file = await ada.get(`sessionId=${child}&sessionId=${sibling}`);
    const bob = await person();
    expect((await importFile(app, bob.token, file)).errors).toEqual([]);
    expect(await bob.told(child)).toEqual(histories.child);
    // The two that both have are with the first, and 'c' behind them.
    expect(await bob.told(sibling)).toEqual(histories.sibling);
    expect((await bob.session(sibling)).inheritedInteractionCount).toBe(2);
  });

  it('comes back to where its parent still is as a fork of it', async () => {
    const { child, grandchild, root } = await generations(ada);
    const file = await ada.get(`sessionId=${child}&sessionId=${grandchild}`);
    const before = await exported(app, ada.token);
    for (const id of [child, grandchild]) await ada.ask(DELETE, { id });
    expect((await importFile(app, ada.token, file, '?dryRun=true')).counts.sessions).toEqual([2, 0, 0]);
    const report = await importFile(app, ada.token, file);
    expect(report).toMatchObject({ errors: [], counts: { sessions: [2, 0, 0], interactions: [3, 4, 0] } });
    expect(await ada.told(grandchild)).toEqual(histories.grandchild);
    expect((await ada.session(child)).parentSessionId).toBe(root);
    expect(await exported(app, ada.token)).toBe(before);
  });

  it('names what a fork has turns of before the fork, whatever was asked for first', async () => {
    const { child, root, sibling } = await generations(ada);
    const file = await ada.get(`sessionId=${child}&sessionId=${sibling}&sessionId=${root}`);
    expect(JSON.parse(file).sessions.map(({ id }: any) => id)).toEqual([root, child, sibling]);
    const rest = await ada.get(`sessionId=${child}&sessionId=${sibling}&sessionId=${root}&after=${root}`);
    expect(JSON.parse(rest).sessions.map(({ id, interactions }: any) => [id, interactions.length])).toEqual([
      [child, 2],
      [sibling, 1],
    ]);
  });
});

it('an export that broke off in the middle of a tree goes on there', async () => {
  await ada.end(await ada.start('Before'));
  const { root } = await generations(ada);
  const later = await ada.start('Later');
  await ada.end(later);
  await ada.ask(DELETE, { id: root });
  const whole: string[] = JSON.parse(await ada.get('')).sessions.map(({ id }: any) => id);
  expect(whole).toHaveLength(5);
  for (const [index, id] of whole.entries()) {
    const rest = JSON.parse(await ada.get(`after=${id}`)).sessions.map((one: any) => one.id);
    expect(rest).toEqual(whole.slice(index + 1));
  }
  const bob = await person();
  const part = JSON.parse(await ada.get(''));
  part.sessions.length = 2;
  await importFile(app, bob.token, part);
  const rest = await importFile(app, bob.token, await ada.get(`after=${whole[1]}`));
  expect(rest.errors).toEqual([]);
  expect(JSON.parse(await exported(app, bob.token)).sessions).toEqual(
    JSON.parse(await exported(app, ada.token)).sessions,
  );
});

it('a fork whose parent is not there comes with its own turns, and it is said', async () => {
  const { root, child, grandchild } = await generations(ada);
  const file = JSON.parse(await exported(app, ada.token));
  file.sessions = file.sessions.filter(({ id }: any) => id !== root);
  const bob = await person();
  const report = await importFile(app, bob.token, file);
  expect(report).toMatchObject({ state: 'COMPLETED', counts: { sessions: [3, 0, 0], branches: [1, 0, 3] } });
  expect(report.errors).toEqual(
    [0, 1, 2].map((index) => ({
      path: `sessions.${index}.inherited.0`,
      message: 'What it has of that session is not there.',
    })),
  );
  expect(await bob.told(child)).toEqual(['d', 'e']);
  expect(await bob.told(grandchild)).toEqual(['d', 'f']);
});

it('nothing private becomes part of a group’s session by a file', async () => {
  const mine = await ada.start('Mine', { scope: 'room' });
  const [secret] = await ada.say(mine, 'secret');
  const file = {
    format: 'recollect-export',
    version: 1,
    sessions: [
      {
        id: randomUUID(),
        startedAt: '2026-01-05T10:00:00.000Z',
        privacy: 'GROUP',
        treeId: randomUUID(),
        parentSessionId: mine,
        inherited: [{ sessionId: mine, lastInteractionId: secret }],
        interactions: [{ id: secret, question: 'secret', occurredAt: '2026-01-05T10:00:00.000Z' }],
      },
    ],
  };
  const report = await importFile(app, ada.token, file);
  expect(report.errors.map(({ message }) => message)).toEqual(
    Array(2).fill('What is private cannot be part of a group’s session.'),
  );
  expect(await ada.told(file.sessions[0]!.id)).toEqual([]);
});
