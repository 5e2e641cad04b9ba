import { readFileSync } from 'node:fs';
import { Connection } from '../../client/src/index.js';
import { parseConversation, parseTime } from '../../examples/replay/conversation.js';
import { registerSomebody, replay } from '../../examples/replay/replay.js';
import { sessionTable } from '../../examples/replay/table.js';
import { startApp, type TestApp } from '../support/app.js';

const conversation = parseConversation(readFileSync('examples/replay/sample-conversation.json', 'utf8'));
const turns = conversation.sessions.flat();

describe('replaying a conversation', () => {
  let app: TestApp;
  let connection: Connection;

  beforeAll(async () => {
    app = await startApp();
    const url = `${app.url}/graphql`;
    const token = await registerSomebody(url);
    connection = new Connection({ url, token: async () => token });
  });
  afterAll(() => app.close());

  it('brings every turn back, live and from the log, in the sessions it came in', async () => {
    const heard: string[] = [];
    const { sessions, differences } = await replay(connection, conversation, ({ content }) =>
      heard.push(content),
    );

    expect(differences).toEqual([]);
    expect(heard).toEqual(turns.map(({ content }) => content));
    expect(sessions).toHaveLength(conversation.sessions.length);
    for (const [index, session] of sessions.entries()) {
      const said = conversation.sessions[index]!;
      const seconds = (Date.parse(said.at(-1)!.occurredAt) - Date.parse(said[0]!.occurredAt)) / 1000;
      expect(session).toMatchObject({
        startedAt: said[0]!.occurredAt,
        durationSeconds: seconds,
        userMessageCount: said.filter(({ role }) => role === 'USER').length,
        assistantMessageCount: said.filter(({ role }) => role === 'ASSISTANT').length,
        endReason: index === conversation.sessions.length - 1 ? 'EXPLICIT' : 'IDLE_TIMEOUT',
      });
    }
    expect(sessionTable(sessions).split('\n')).toHaveLength(1 + sessions.length);
  });

  it('goes on from where a user is', async () => {
    const { sessions, differences } = await replay(connection, {
      name: 'again',
      sessions: [
        [{ role: 'USER', speaker: 'Nora', content: 'One more.', occurredAt: new Date().toISOString() }],
      ],
    });
    expect(differences).toEqual([]);
    expect(sessions).toHaveLength(1);
  });

  it('says what is wrong with a file, a time, an address', async () => {
    expect(() => parseConversation('[]', 2)).toThrow('The file has 0 conversations, not 2.');
    expect(() => parseTime('yesterday')).toThrow('"yesterday" is no time');
    expect(new Date(parseTime('12:48 am on 1 February, 2023')).toISOString()).toBe(
      '2023-02-01T00:48:00.000Z',
    );
    await expect(registerSomebody('http://127.0.0.1:9/graphql')).rejects.toThrow('Nothing answers');
  });
});
