import { randomUUID } from 'node:crypto';
import {
  AddMessageDocument,
  BrowserStorage,
  Connection,
  InteractionAddedDocument,
  MemoryStorage,
  RecollectError,
  SessionDocument,
  SessionManager,
  TokenKeeper,
  UnreachableError,
  type LocalSession,
  type OutboxEntry,
  type Storage,
} from '../../client/src/index.js';
import { FileStorage } from '../../client/src/file-storage.js';
import { startApp, type TestApp } from '../support/app.js';
import { createDirectory } from '../support/database.js';
import { Proxy } from '../support/proxy.js';
import { until } from '../support/sockets.js';

let app: TestApp;
let proxy: Proxy;
let token: string;
let connection: Connection;

beforeAll(async () => {
  app = await startApp();
  proxy = await Proxy.to(app.url);
});
afterAll(async () => {
  await proxy.close();
  await app.close();
});
beforeEach(async () => {
  proxy.set('open');
  ({ token } = await app.register());
  connection = connect();
});
afterEach(() => connection.close());

const connect = () => new Connection({ url: `${proxy.url}/graphql`, token: async () => token });

/** What the server has of a session. */
async function stored(id: string): Promise<string[]> {
  const { session } = await new Connection({ url: `${app.url}/graphql`, token: async () => token }).run(
    SessionDocument,
    { id },
  );
  return session.messages.edges.map(({ node }) => `${node.role} ${node.content}`);
}

function manage(storage: Storage, autoSaveMilliseconds = 3_600_000) {
  const rejected: OutboxEntry[] = [];
  const manager = new SessionManager({
    connection,
    storage,
    autoSaveMilliseconds,
    onRejected: (entry) => rejected.push(entry),
  });
  return { manager, rejected };
}

describe('a session manager', () => {
  it('stores what is said, in order, in a session that begins by itself', async () => {
    const { manager } = manage(new MemoryStorage());
    await Promise.all([
      manager.addMessage('USER', 'Which tea?'),
      manager.addMessage('ASSISTANT', 'Lapsang.'),
    ]);
    await manager.addMessage('USER', 'Thanks.');
    await manager.saveSession();
    expect(await stored(manager.current!.id)).toEqual([
      'USER Which tea?',
      'ASSISTANT Lapsang.',
      'USER Thanks.',
    ]);
    expect(manager.current!.messages.every(({ saved }) => saved)).toBe(true);
    manager.close();
  });

  it('lists, loads, continues and deletes sessions', async () => {
    const { manager } = manage(new MemoryStorage());
    const first = await manager.startNewSession({ title: 'Tea' });
    await manager.addMessage('USER', 'One.');
    await manager.startNewSession({ title: 'Coffee' });
    await manager.saveSession();

    const { sessions, next } = await manager.listSessions();
    expect(Object.fromEntries(sessions.map(({ title, endReason }) => [title, endReason]))).toEqual({
      Coffee: null,
      Tea: 'SUPERSEDED',
    });
    expect(next).toBe(null);

    const loaded = await manager.loadSession(first.id);
    expect(loaded.messages).toMatchObject([{ role: 'USER', content: 'One.', saved: true }]);
    await manager.addMessage('ASSISTANT', 'Two.');
    await manager.saveSession();
    expect(await stored(first.id)).toEqual(['USER One.', 'ASSISTANT Two.']);

    await manager.deleteSession(first.id);
    await manager.saveSession();
    expect(manager.current).toBe(null);
    await expect(manager.loadSession(first.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await manager.listSessions()).sessions).toHaveLength(1);
    manager.close();
  });

  it('loads a session of several pages whole', async () => {
    const { manager } = manage(new MemoryStorage());
    const { id } = await manager.startNewSession();
    await manager.saveSession();
    for (let n = 0; n < 120; n++) {
      await connection.run(AddMessageDocument, {
        input: { sessionId: id, role: 'USER', content: String(n) },
      });
    }
    const { messages } = await manager.loadSession(id);
    expect(messages.map(({ content }) => content)).toEqual(Array.from({ length: 120 }, (_, n) => String(n)));
    manager.close();
  });

  it('saves by itself, and at most once in the time that is set', async () => {
    let saves = 0;
    const counting = new Connection({
      url: `${proxy.url}/graphql`,
      token: async () => {
        saves++;
        return token;
      },
    });
    const shown: (LocalSession | null)[] = [];
    const manager = new SessionManager({
      connection: counting,
      storage: new MemoryStorage(),
      autoSaveMilliseconds: 3_600_000,
      onChange: (session) => shown.push(structuredClone(session)),
    });
    await manager.addMessage('USER', 'Saved at once.');
    await until(() => shown.at(-1)?.messages[0]?.saved);
    const before = saves;
    await manager.addMessage('USER', 'Saved in an hour.');
    await new Promise((resolve) => setImmediate(resolve));
    expect(saves).toBe(before);
    expect(manager.current!.messages.map(({ saved }) => saved)).toEqual([true, false]);
    manager.close();
  });
});

describe('offline', () => {
  it('keeps everything and sends it when the network is back', async () => {
    const { manager } = manage(new MemoryStorage());
    proxy.set('down');
    await manager.startNewSession({ title: 'On a train' });
    await manager.addMessage('USER', 'Are we there?');
    await manager.addMessage('ASSISTANT', 'Soon.');
    await expect(manager.saveSession()).rejects.toThrow(UnreachableError);
    proxy.set('open');
    await manager.saveSession();
    expect(await stored(manager.current!.id)).toEqual(['USER Are we there?', 'ASSISTANT Soon.']);
    manager.close();
  });

  it('goes on by itself', async () => {
    const { manager } = manage(new MemoryStorage());
    proxy.set('down');
    await manager.addMessage('USER', 'Hello?');
    await manager.saveSession().catch(() => undefined);
    proxy.set('open');
    await until(() => manager.current!.messages[0]!.saved);
    expect(await stored(manager.current!.id)).toEqual(['USER Hello?']);
    manager.close();
  });

  it('stores once what was taken before the answer was lost', async () => {
    const { manager } = manage(new MemoryStorage());
    await manager.startNewSession();
    await manager.saveSession();
    await manager.addMessage('USER', 'Once.');
    proxy.set('mute');
    await expect(manager.saveSession()).rejects.toThrow(UnreachableError);
    expect(await stored(manager.current!.id)).toEqual(['USER Once.']);
    proxy.set('open');
    await manager.saveSession();
    expect(await stored(manager.current!.id)).toEqual(['USER Once.']);
    manager.close();
  });

  it('keeps what the server refuses, and sends the rest', async () => {
    const { manager, rejected } = manage(new MemoryStorage());
    await manager.addMessage('USER', 'Fine.');
    await manager.addMessage('USER', 'Not\0fine.');
    await manager.addMessage('USER', 'Fine again.');
    await manager.saveSession();
    expect(await stored(manager.current!.id)).toEqual(['USER Fine.', 'USER Fine again.']);
    expect(rejected).toMatchObject([{ operation: 'addMessage' }]);
    expect(await manager.rejected()).toEqual(rejected);
    manager.close();
  });
});

describe('the last session', () => {
  it('is restored after a restart, with what was not yet sent', async () => {
    const directory = createDirectory();
    const storage = () => new FileStorage(`${directory.path}/client`);
    const { manager } = manage(storage());
    await manager.addMessage('USER', 'Sent.');
    await manager.saveSession();
    proxy.set('down');
    const { manager: early } = manage(storage());
    expect((await early.restoreLastSession())!.messages).toMatchObject([{ content: 'Sent.', saved: true }]);
    early.close();
    await manager.addMessage('ASSISTANT', 'Unsent.');
    manager.close();

    const { manager: offline } = manage(storage());
    expect((await offline.restoreLastSession())!.messages).toMatchObject([
      { content: 'Sent.', saved: true },
      { content: 'Unsent.', saved: false },
    ]);
    offline.close();

    proxy.set('open');
    const { manager: online } = manage(storage());
    const restored = (await online.restoreLastSession())!;
    expect(restored.messages.map(({ content }) => content)).toEqual(['Sent.', 'Unsent.']);
    await online.saveSession();
    expect(restored.messages.every(({ saved }) => saved)).toBe(true);
    expect(await stored(restored.id)).toEqual(['USER Sent.', 'ASSISTANT Unsent.']);
    online.close();
    directory.remove();
  });

  it('is sent on, without another word, by who starts next', async () => {
    const storage = new MemoryStorage();
    proxy.set('down');
    const { manager } = manage(storage);
    await manager.addMessage('USER', 'Left.');
    manager.close();
    proxy.set('open');
    const { manager: next } = manage(storage);
    await next.restoreLastSession();
    await until(() => next.current!.messages[0]!.saved);
    expect(await stored(manager.current!.id)).toEqual(['USER Left.']);
    next.close();
  });

  it('is kept as far as a browser has room for it', async () => {
    const storage = new MemoryStorage();
    proxy.set('down');
    const { manager } = manage(storage);
    for (const letter of ['a', 'b', 'c']) await manager.addMessage('USER', letter.repeat(200_000));
    manager.close();
    const { manager: next } = manage(storage);
    const { messages } = (await next.restoreLastSession())!;
    expect(messages.map(({ content }) => content[0])).toEqual(['b', 'c']);
    next.close();
  });

  it('is none when there was none, or when it was deleted elsewhere', async () => {
    const storage = new MemoryStorage();
    const { manager } = manage(storage);
    expect(await manager.restoreLastSession()).toBe(null);
    const { id } = await manager.startNewSession();
    await manager.saveSession();
    await app.graphql('mutation ($id: UUID!) { deleteSession(id: $id) }', { id }, token);
    expect(await manager.restoreLastSession()).toBe(null);
    manager.close();
  });
});

describe('a subscription', () => {
  it('goes on after the last event seen, however often the network goes', async () => {
    const heard: string[] = [];
    const stop = connection.subscribe(
      InteractionAddedDocument,
      { after: 0 },
      {
        next: ({ interactionAdded: { interaction } }) => heard.push(interaction.question!),
        error: (reason) => {
          throw reason as Error;
        },
      },
    );
    const said = Array.from({ length: 12 }, (_, n) => `question ${n}`);
    for (const [n, question] of said.entries()) {
      if (n % 4 === 2) proxy.set('down');
      await app.graphql(
        'mutation ($question: String!) { recordInteraction(input: { question: $question }) { interaction { id } } }',
        { question },
        token,
      );
      if (n % 4 === 3) {
        proxy.set('open');
        await until(() => heard.length === n + 1);
      }
    }
    expect(heard).toEqual(said);
    stop();
  });

  it('tells why it was refused', async () => {
    const refused = await new Promise((resolve) => {
      connection.subscribe(
        InteractionAddedDocument,
        { after: 10 ** 9 },
        { next: () => undefined, error: resolve },
      );
    });
    expect(refused).toBeInstanceOf(RecollectError);
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('a token keeper', () => {
  it('signs in, refreshes once for all who ask, and signs out', async () => {
    // Less than the margin: a token is due for renewal as soon as it is there.
    const short = await startApp({ ACCESS_TOKEN_SECONDS: '20' });
    const keeper = new TokenKeeper(`${short.url}/graphql`, new BrowserStorage(webStorage()));
    expect(await keeper.access()).toBe(null);
    await keeper.register({ email: 'keeper@example.org', password: 'correct horse battery' });
    const [first, second] = await Promise.all([keeper.access(), keeper.access()]);
    expect(second).toBe(first);
    const { body } = await short.graphql('query { me { id } }', {}, (await keeper.access())!);
    expect(body.errors).toBeUndefined();
    await keeper.logout();
    expect(await keeper.access()).toBe(null);
    await short.close();
  });

  it.each([
    ['after a log-out', true],
    ['without one', false],
  ])('lets somebody else in %s, and leaves them nothing of who was there before', async (_, leaves) => {
    const storage = new MemoryStorage();
    const url = `${proxy.url}/graphql`;
    const keeper = new TokenKeeper(url, storage);
    const enter = () => keeper.register({ email: `${randomUUID()}@example.org`, password: 'correct horse' });
    const sessions = (at = url) =>
      new SessionManager({ connection: new Connection({ url: at, token: keeper.access }), storage });

    await enter();
    const before = sessions();
    await before.startNewSession();
    await before.saveSession();
    before.close();
    const offline = sessions('http://127.0.0.1:1/graphql');
    await offline.restoreLastSession();
    await offline.addMessage('USER', 'Between us.');
    offline.close();
    if (leaves) await keeper.logout();
    await enter();

    const after = sessions();
    expect(await after.restoreLastSession()).toBe(null);
    await after.saveSession();
    expect((await after.listSessions()).sessions).toEqual([]);
    after.close();
  });
});

function webStorage() {
  const values = new Map<string, string>();
  return {
    get length() {
      return values.size;
    },
    key: (index: number) => [...values.keys()][index] ?? null,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}
