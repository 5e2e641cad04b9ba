import { startApp, type TestApp } from '../support/app.js';
import { chatgpt, chatgptMessage, exported, IMPORTED, importFile } from '../support/imports.js';

let app: TestApp;
let token: string;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  ({ token } = await app.register());
});

const run = async (query: string, variables?: object, as = token): Promise<any> =>
  Object.values(await app.ask(query, variables, as))[0];
const sessions = async (as = token) => (await run(IMPORTED, {}, as)).edges.map(({ node }: any) => node);

describe('a file of ChatGPT', () => {
  it('brings the branch that was looked at, with its times', async () => {
    const report = await importFile(app, token, [chatgpt()]);
    expect(report).toMatchObject({
      format: 'CHATGPT',
      counts: { sessions: [1, 0, 0], interactions: [1, 0, 0] },
    });
    const [session] = await sessions();
    expect(session).toMatchObject({
      title: 'Bread',
      channel: 'chatgpt',
      startedAt: '2026-01-05T08:00:00.500Z',
      endedAt: '2026-01-05T08:00:04.000Z',
      durationSeconds: 3.5,
      userMessageCount: 1,
      toolMessageCount: 1,
      metadata: { source: 'chatgpt', conversationId: 'c1' },
    });
    expect(session.messages.edges.map(({ node }: any) => [node.role, node.content, node.toolName])).toEqual([
      ['USER', 'How long does bread bake?', null],
      ['TOOL', '42 minutes', 'timer'],
      ['ASSISTANT', 'Forty-two minutes.', null],
    ]);
    expect(session.interactions.edges[0].node).toMatchObject({
      occurredAt: '2026-01-05T08:00:01.000Z',
      metadata: { attachments: [{ asset_pointer: 'file://1' }], model: 'gpt-x' },
    });
    expect((await importFile(app, token, chatgpt())).counts).toEqual({
      sessions: [0, 1, 0],
      interactions: [0, 1, 0],
    });
  });

  /** q1 a1 q2 a2, with another q2 (and what follows it, twice), another a1, and another q1. */
  const tree = {
    root: { message: null, parent: null },
    q1: chatgptMessage('root', 'user', ['q1'], 1),
    a1: chatgptMessage('q1', 'assistant', ['a1'], 2),
    a1b: chatgptMessage('q1', 'assistant', ['a1 again'], 3),
    q2: chatgptMessage('a1', 'user', ['q2'], 4),
    a2: chatgptMessage('q2', 'assistant', ['a2'], 5),
    q2b: chatgptMessage('a1', 'user', ['q2 edited'], 6),
    a2b: chatgptMessage('q2b', 'assistant', ['a2 edited'], 7),
    q3: chatgptMessage('a2b', 'user', ['q3'], 8),
    q3b: chatgptMessage('a2b', 'user', ['q3 edited'], 9),
    q1b: chatgptMessage('root', 'user', ['q1 edited'], 10),
    seen: {
      ...chatgptMessage('a2', 'assistant', ['hidden'], 11),
      message: {
        ...chatgptMessage('a2', 'assistant', ['hidden'], 11).message,
        metadata: { is_visually_hidden_from_conversation: true },
      },
    },
  };
  const talks = async (as: string) =>
    (await sessions(as))
      .map(({ messages }: any) => messages.edges.map(({ node }: any) => node.content).join(' '))
      .sort();
  const TALKS = [
    'q1 a1 q2 a2',
    'q1 a1 q2 edited a2 edited q3',
    'q1 a1 q2 edited a2 edited q3 edited',
    'q1 a1 again',
    'q1 edited',
  ].sort();

  it('brings each other branch as a fork where it leaves', async () => {
    const file = [chatgpt({ mapping: tree, current_node: 'a2' })];
    const report = await importFile(app, token, file);
    expect(report).toMatchObject({
      errors: [],
      counts: { sessions: [5, 0, 0], branches: [3, 0, 0], interactions: [7, 0, 0] },
    });
    expect(await talks(token)).toEqual(TALKS);
    const { edges } = await run(
      '{ sessions(filter: { text: "Bread" }) { edges { node { id parent { id } forkPoint { question } } } } }',
    );
    const points = edges.map(({ node }: any) => `${node.forkPoint?.question} ${node.parent !== null}`).sort();
    expect(points).toEqual([
      'q1 true',
      'q2 edited true',
      'undefined false',
      'undefined true',
      'undefined true',
    ]);
    const ofTree = 'query ($id: UUID!) { sessionTree(id: $id) { sessions { id } } }';
    expect((await run(ofTree, { id: edges[0].node.id })).sessions).toHaveLength(5);
    expect((await importFile(app, token, file)).counts).toMatchObject({
      sessions: [0, 5, 0],
      interactions: [0, 7, 0],
    });
    const other = await app.register();
    const exportedFile = await exported(app, token);
    expect((await importFile(app, other.token, exportedFile)).errors).toEqual([]);
    expect(await exported(app, other.token)).toBe(exportedFile);
    expect(await talks(other.token)).toEqual(TALKS);
  });

  it('brings branches also where it does not tell when something was said', async () => {
    const timeless = Object.fromEntries(
      Object.entries(tree).map(([id, { message, ...rest }]) => [
        id,
        { ...rest, message: message && { ...message, create_time: null } },
      ]),
    );
    await importFile(app, token, [
      chatgpt({ mapping: timeless, current_node: 'a2', create_time: undefined }),
    ]);
    expect(await talks(token)).toEqual(TALKS);
    const file = await exported(app, token);
    const other = await app.register();
    await importFile(app, other.token, file);
    expect(await exported(app, other.token)).toBe(file);
  });

  it('brings a hundred of the branches, and says how many there are', async () => {
    const mapping = Object.fromEntries(
      Array.from({ length: 103 }, (_, n) => [
        `a${n}`,
        chatgptMessage('q', 'assistant', [`answer ${n}`], n + 2),
      ]),
    );
    const file = [
      chatgpt({ mapping: { q: chatgptMessage('none', 'user', ['q'], 1), ...mapping }, current_node: 'a0' }),
    ];
    const report = await importFile(app, token, file);
    expect(report.counts.sessions).toEqual([101, 0, 1]);
    expect(report.errors).toEqual([
      { path: '0.mapping', message: 'has 102 other branches, of which the newest 100 are imported' },
    ]);
    const last = '{ sessions(first: 100) { edges { node { lastMessage { text } } } } }';
    const answers = (await run(last)).edges.map(({ node }: any) => node.lastMessage.text);
    expect(answers).toContain('answer 102');
    expect(answers).not.toContain('answer 1');
  });

  it('that is hostile fails for itself alone', async () => {
    const ring = { a: chatgptMessage('b', 'user', ['x'], 1), b: chatgptMessage('a', 'assistant', ['y'], 2) };
    const text = (words: string) => ({ x: chatgptMessage('none', 'user', [words], 1) });
    const report = await importFile(app, token, [
      chatgpt({ conversation_id: 'ring', current_node: 'a', mapping: ring }),
      chatgpt({ conversation_id: 'nul', current_node: 'x', mapping: text('a\0b') }),
      chatgpt({ conversation_id: 'half', current_node: 'x', mapping: text('a\ud800b') }),
      chatgpt({ conversation_id: 'large', current_node: 'x', mapping: text('x'.repeat(1_048_577)) }),
      chatgpt({
        conversation_id: 'types',
        current_node: 7,
        mapping: { x: 1, y: { message: { author: 'me', content: ['?'] } } },
      }),
      chatgpt({
        conversation_id: 'who',
        current_node: 'x',
        mapping: { x: chatgptMessage('', 'ghost', ['boo'], 1) },
      }),
      chatgpt({ conversation_id: 'empty', mapping: {} }),
      JSON.parse(
        '{"mapping": {"__proto__": {"message": {"author": {"role": "user"}, "content": "own"}}}, "current_node": "__proto__"}',
      ),
      null,
      'text',
      chatgpt(),
    ]);
    expect(report.state).toBe('COMPLETED');
    expect(report.errors.map(({ path, message }) => `${path} ${message}`)).toEqual([
      '0.mapping.a is its own ancestor',
      '1.mapping.x.question must not contain NUL characters',
      '2.mapping.x.question must be well-formed Unicode without lone surrogates',
      '3.mapping.x.question must be at most 1048576 bytes of UTF-8',
      '5.mapping.x.message.author.role must be user, assistant, system or tool',
      '8 is no conversation of a known form',
      '9 is no conversation of a known form',
    ]);
    expect(report.counts.interactions).toEqual([2, 0, 3]);
    const all = await sessions();
    expect(all.flatMap(({ messages }: any) => messages.edges.map(({ node }: any) => node.content))).toContain(
      'own',
    );
  });
});
