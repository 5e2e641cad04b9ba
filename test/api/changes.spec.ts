import { startApp, type TestApp } from '../support/app.js';

const CHANGES = `query ($after: Revision!, $first: Int) { changes(after: $after, first: $first) {
  revision hasMore
  changes { revision kind at sessionId interactionId session { id title } interaction { id question } } } }`;
const LOG = `query ($after: Revision!) { changes(after: $after) {
  revision hasMore changes { revision kind sessionId interactionId } } }`;
const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id sessionId } } }`;
const BULK = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id } } }`;
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  ({ token } = await app.register());
});

const ask = (query: string, variables?: object) => app.ask(query, variables, token);
const changes = async (after: number, first?: number) => (await ask(CHANGES, { after, first })).changes;
const revisions = (page: any) => page.changes.map(({ revision }: any) => revision);
const record = async (question: string, input = {}) =>
  (await ask(RECORD, { input: { question, ...input } })).recordInteraction.interaction;

describe('changes', () => {
  it('are read page by page, each once, in order', async () => {
    expect(await changes(0)).toEqual({ revision: 0, hasMore: false, changes: [] });
    await ask(BULK, { items: range(1, 24).map((index) => ({ question: `Question ${index}` })) });
    const pages = [await changes(0, 10)];
    while (pages.at(-1).hasMore) pages.push(await changes(pages.at(-1).revision, 10));
    expect(pages.map(revisions)).toEqual([range(1, 10), range(11, 20), range(21, 25)]);
    expect(pages.map(({ revision }) => revision)).toEqual([10, 20, 25]);
    expect(await changes(20, 5)).toMatchObject({ revision: 25, hasMore: false });
    expect(await changes(25)).toEqual({ revision: 25, hasMore: false, changes: [] });
    expect(revisions(await changes(3))).toEqual(range(4, 25));
  });

  it('tell of deletions, without a word of what was deleted', async () => {
    const { id, sessionId } = await record('Secret?');
    await record('Other?', { scope: 'elsewhere' });
    await ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id });
    await ask('mutation ($id: UUID!) { deleteSession(id: $id) }', { id: sessionId });
    const page = await changes(0);
    expect(page.changes).toMatchObject([
      { kind: 'SESSION_STARTED', sessionId, session: null },
      { kind: 'INTERACTION_RECORDED', sessionId, interactionId: id, session: null, interaction: null },
      { kind: 'SESSION_STARTED', session: { id: expect.any(String) } },
      { kind: 'INTERACTION_RECORDED', interaction: { question: 'Other?' } },
      { kind: 'INTERACTION_DELETED', sessionId, interactionId: id, interaction: null },
      { kind: 'SESSION_DELETED', sessionId, session: null },
    ]);
    expect(JSON.stringify(page)).not.toContain('Secret');
  });

  it('show things as they are now', async () => {
    const { sessionId } = await record('Hello?');
    await ask('mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id } }', {
      input: { id: sessionId, title: 'Greetings' },
    });
    for (const { session } of (await changes(0)).changes) {
      expect(session).toEqual({ id: sessionId, title: 'Greetings' });
    }
  });

  it('come in shorter pages when they refer to much', async () => {
    const steps = range(1, 3).map(() => ({ role: 'SYSTEM', content: 'x'.repeat(1024 * 1024) }));
    for (const index of range(1, 4)) await record(`Question ${index}`, { steps });
    const pages = [await changes(0)];
    while (pages.at(-1).hasMore) pages.push(await changes(pages.at(-1).revision));
    expect(pages.map(revisions)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect((await ask(LOG, { after: 0 })).changes).toMatchObject({
      revision: 5,
      hasMore: false,
      changes: range(1, 5).map((revision) => ({ revision })),
    });
  });

  it('are read with one statement', async () => {
    await record('Hello?');
    const sent = await app.statements(() => changes(0));
    expect(sent).toEqual([{ name: 'changes_since', lane: 'pool' }]);
  });

  it('ahead of the server, and pages out of range, are refused', async () => {
    for (const [variables, field] of [
      [{ after: 1 }, 'after'],
      [{ after: -1 }, 'after'],
      [{ after: 0, first: 0 }, 'first'],
      [{ after: 0, first: 501 }, 'first'],
    ] as const) {
      const { body } = await app.graphql(CHANGES, variables, token);
      expect(body.errors![0]!.extensions).toEqual({
        code: 'BAD_USER_INPUT',
        fields: { [field]: [expect.any(String)] },
      });
    }
  });
});
