import { randomUUID } from 'node:crypto';
import { Commands } from '../../src/database/commands.js';
import { startApp, type TestApp } from '../support/app.js';

const TURNS = 9;
const MIB = 'x'.repeat(1024 * 1024);
const STEPS = Array(9).fill({ id: randomUUID(), role: 'TOOL', content: MIB, tokens: 1 });

let app: TestApp;
let token: string;
let sessionId: string;

/** One session of turns of 2 MiB, one of 11, which is more than a page holds, and a small one at either end. */
beforeAll(async () => {
  app = await startApp();
  const { token: signedIn, userId } = await app.register();
  token = signedIn;
  const commands = app.app.get(Commands);
  for (let n = 0; n < TURNS; n++) {
    const isLarge = n > 0 && n < TURNS - 1;
    await commands.run({
      kind: 'recordInteraction',
      userId,
      id: randomUUID(),
      newSessionId: randomUUID(),
      question: `${n}${isLarge ? MIB : ''}`,
      answer: `${n}${isLarge ? MIB : ''}`,
      steps: n === 4 ? STEPS : [],
    });
  }
  sessionId = (await ask('{ currentSession { id } }')).currentSession.id;
});
afterAll(() => app.close());

const ask = (query: string, variables?: object) => app.ask(query, variables, token);

/** The nodes of each page of a list of the session, walked to its end. */
async function walk(list: string, selection: string, backward: boolean): Promise<any[][]> {
  const [count, from] = backward ? ['last', 'before'] : ['first', 'after'];
  const query = `query ($id: UUID!, $cursor: String) { session(id: $id) { ${list}(${count}: 100, ${from}: $cursor) {
    edges { node { ${selection} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
  const pages: any[][] = [];
  let cursor: string | null = null;
  for (;;) {
    const { edges, pageInfo }: any = (await ask(query, { id: sessionId, cursor })).session[list];
    pages.push(edges.map(({ node }: any) => node));
    if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return pages;
    cursor = backward ? pageInfo.startCursor : pageInfo.endCursor;
  }
}

const bytes = (rows: unknown[]) => JSON.stringify(rows).length;
const all = Array.from({ length: TURNS }, (_, n) => String(n));

describe('a page of large turns', () => {
  it.each([false, true])('ends early and goes on where it ended (backward: %p)', async (backward) => {
    const pages = await walk('interactions', 'question answer steps { content }', backward);
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(bytes(page)).toBeLessThan(20 * 1024 * 1024);
    const turns = (backward ? pages.toReversed() : pages).flat();
    expect(turns.map(({ question }) => question[0])).toEqual(all);
    expect(turns[3].answer).toBe(`3${MIB}`);
    expect(turns[4].steps).toHaveLength(STEPS.length);
  });

  it.each([false, true])('of messages has each of them once (backward: %p)', async (backward) => {
    const pages = await walk('messages', 'role content', backward);
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(page.length).toBeGreaterThan(0);
    const messages = (backward ? pages.toReversed() : pages).flat();
    const said = messages.filter(({ role }) => role !== 'TOOL').map(({ content }) => content[0]);
    expect(said).toEqual(all.flatMap((n) => [n, n]));
    expect(messages.filter(({ role }) => role === 'TOOL')).toHaveLength(STEPS.length);
  });

  it.each(['question', 'question answer metadata'])('of recent ones ends early (%s)', async (selection) => {
    const { recentInteractions: turns } = await ask(`{ recentInteractions(limit: 100) { ${selection} } }`);
    expect(turns.length).toBeGreaterThan(2);
    expect(turns.length).toBeLessThan(TURNS);
    expect(turns.map(({ question }: any) => question[0])).toEqual(all.toReversed().slice(0, turns.length));
    expect(turns[1].question).toBe(`7${MIB}`);
  });

  it('takes a second statement only when something in it is large', async () => {
    const names = async (limit: number) => {
      const sent = await app.statements(() => ask(`{ recentInteractions(limit: ${limit}) { question } }`));
      return sent.map(({ name }) => name);
    };
    expect(await names(1)).toEqual(['recent_interactions_brief']);
    expect(await names(2)).toEqual(['recent_interactions_brief', 'recent_interactions_whole']);
  });
});
