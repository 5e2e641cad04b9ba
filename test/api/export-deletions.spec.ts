import { ExportFormat } from '../../src/export/export.model.js';

import { UnavailableError } from '../../src/common/errors.js';
import { ExportService } from '../../src/export/export.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { importFile } from '../support/imports.js';

const START = 'mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }';
const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id } } }`;
const FORK = 'mutation ($input: ForkSessionInput!) { forkSession(input: $input) { id } }';
const DELETE = 'mutation ($id: UUID!) { deleteSession(id: $id) }';
const FORGET = 'mutation ($id: UUID!) { deleteInteraction(id: $id) }';
const CLEAR = 'mutation ($id: UUID!) { clearMessages(id: $id) { id } }';
const SESSION = `query ($id: UUID!) { session(id: $id) {
  title interactions(first: 100) { edges { node { question } } } } }`;

// Each with its own service: one address registers a hundred people at most.
let app: TestApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.close());

/** A root with two forks, one of which has a fork, and a session by itself. */
async function family() {
  const { token, userId } = await app.register();
  const ask = async (query: string, variables: object): Promise<any> =>
    Object.values(await app.ask(query, variables, token))[0];
  const say = async (sessionId: string, question: string): Promise<string> =>
    (await ask(RECORD, { input: { sessionId, question } })).interaction.id;
  const fork = async (sessionId: string, atInteraction: string, title: string): Promise<string> =>
    (await ask(FORK, { input: { sessionId, atInteraction, title } })).id;
  const start = async (title: string): Promise<string> => (await ask(START, { input: { title } })).id;

  const root = await start('root');
  const a = await say(root, 'a');
  const b = await say(root, 'b');
  await say(await fork(root, a, 'early'), 'h');
  const child = await fork(root, b, 'child');
  const c = await say(child, 'c');
  await say(await fork(child, c, 'grandchild'), 'd');
  await say(child, 'e');
  await say(root, 'f');
  const alone = await start('alone');
  await say(alone, 'g');
  return { userId, ask, root, alone, a };
}
type Family = Awaited<ReturnType<typeof family>>;

/**
 * The file of an export, while whose sessions something happens after so many pieces; null when it breaks off. Is over when
 * they were all told before.
 */
async function exportDuring(userId: string, pieces: number, happens: () => Promise<unknown>) {
  let file: string | null = '';
  let sent = 0;
  let isOver = false;
  try {
    for await (const piece of await app.app.get(ExportService).open(userId, { format: ExportFormat.JSON })) {
      if (file.includes('"sessions":[') && sent++ === pieces) {
        isOver = file.includes('"facts":[');
        await happens();
      }
      file += piece;
    }
  } catch (error) {
    expect(error).toBeInstanceOf(UnavailableError);
    file = null;
  }
  return { file, isOver };
}

/** The turns of each session in the file, as an account has them that imports it. */
async function imported(file: string): Promise<Record<string, string>> {
  const { token } = await app.register();
  expect((await importFile(app, token, file)).errors).toEqual([]);
  const told: Record<string, string> = {};
  for (const { id } of JSON.parse(file).sessions) {
    const { session } = await app.ask(SESSION, { id }, token);
    told[session.title] = session.interactions.edges.map(({ node }: any) => node.question).join('');
  }
  return told;
}

const before = { root: 'abf', early: 'ah', child: 'abce', grandchild: 'abcd', alone: 'g' };

it.each<[string, (of: Family) => Promise<unknown>, after: Partial<typeof before>]>([
  [
    'a session that others have turns of is deleted',
    ({ ask, root: id }) => ask(DELETE, { id }),
    { root: undefined },
  ],
  ['a session by itself is deleted', ({ ask, alone: id }) => ask(DELETE, { id }), { alone: undefined }],
  ['the root is cleared', ({ ask, root: id }) => ask(CLEAR, { id }), { root: '' }],
  [
    'a turn that all have is deleted',
    ({ ask, a: id }) => ask(FORGET, { id }),
    { root: 'bf', early: 'h', child: 'bce', grandchild: 'bcd' },
  ],
])('while %s, an export is whole or breaks off', async (_, happen, changes) => {
  const after = { ...before, ...changes };
  let whole = 0;
  for (let pieces = 0, isOver = false; !isOver; pieces++) {
    const person = await family();
    const { file, isOver: over } = await exportDuring(person.userId, pieces, () => happen(person));
    isOver = over;
    if (file === null) continue;
    whole++;
    const told = await imported(file);
    for (const title of Object.keys(before) as (keyof typeof before)[]) {
      // Of one that goes while it is told there may be less.
      const isLess = changes[title] === undefined && title in changes && told[title] === '';
      if (!isLess) expect([before[title], after[title]]).toContain(told[title]);
    }
  }
  expect(whole).toBeGreaterThan(1); // at its beginning and at its end
});
