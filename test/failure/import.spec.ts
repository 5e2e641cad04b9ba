import { createDirectory } from '../support/database.js';
import { freePort, graphql, register, startService } from './service.js';

const SESSIONS = 40;
const TURNS = 200;

const turn = (session: number, n: number) => ({
  role: n % 2 === 0 ? 'user' : 'assistant',
  content: `What is said at ${n} in ${session}`,
  timestamp: 1_700_000_000 + session * 10_000 + n,
});
const plain = Array.from({ length: SESSIONS }, (_, session) => ({
  id: session,
  messages: Array.from({ length: TURNS }, (_, n) => turn(session, n)),
}));

const GENERATIONS = 40;
const OWN = 40;
const POINT = 30;
const idOf = (kind: number, session: number, n = 0) =>
  `00000000-0000-4000-8000-${[kind, session, n].map((part) => String(part).padStart(4, '0')).join('')}`;
const at = (session: number, n = 0) => new Date(1_700_000_000_000 + session * 60_000 + n).toISOString();
/** An export of sessions of which each is a fork of the one before, which then went on. */
const forks = {
  format: 'recollect-export',
  version: 1,
  sessions: Array.from({ length: GENERATIONS }, (_, session) => ({
    id: idOf(1, session),
    startedAt: at(session),
    treeId: idOf(2, 0),
    ...(session > 0 && { parentSessionId: idOf(1, session - 1), forkPointId: idOf(3, session - 1, POINT) }),
    inherited: Array.from({ length: session }, (_, elder) => ({
      sessionId: idOf(1, elder),
      lastInteractionId: idOf(3, elder, POINT),
    })),
    interactions: Array.from({ length: OWN }, (_, n) => ({
      id: idOf(3, session, n),
      question: `${session} ${n}`,
      occurredAt: at(session, n),
    })),
  })),
};

const STATE =
  '{ imports { state readBytes receivedBytes errorCount counts { kind created existing refused } } }';

/** Imports a file in a process that is killed in the middle, and goes on with another. */
async function killed(file: object, count: string) {
  const directory = createDirectory();
  const environment = { DATA_DIR: directory.path, PORT: await freePort() };
  let service = await startService(environment);
  const { token } = await register(service.url);
  const ask = async (query: string) => (await graphql(service.url, query, {}, token)).data;
  const now = async () => (await ask(STATE)).imports[0];
  const response = await fetch(`${service.url}/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(file),
  });
  expect(response.status).toBe(202);
  while (((await now()).counts.find(({ kind }: any) => kind === 'interactions')?.created ?? 0) === 0);
  await service.end('SIGKILL');
  service = await startService(environment);
  const before = await now();
  expect(before.state).toBe('RUNNING');
  let after = before;
  while (after.state === 'RUNNING') after = await now();
  expect(after).toMatchObject({ state: 'COMPLETED', errorCount: 0, readBytes: before.receivedBytes });
  const { edges } = (await ask(count)).sessions;
  await service.end('SIGTERM');
  directory.remove();
  return { counts: after.counts, sessions: edges.map(({ node }: any) => node) };
}

describe('kill -9 in the middle of an import', () => {
  it('loses and doubles nothing', async () => {
    const count = '{ sessions(first: 100) { edges { node { interactionCount } } } }';
    const { counts, sessions } = await killed(plain, count);
    expect(counts).toEqual([
      { kind: 'interactions', created: (SESSIONS * TURNS) / 2, existing: 0, refused: 0 },
      { kind: 'sessions', created: SESSIONS, existing: 0, refused: 0 },
    ]);
    expect(sessions).toEqual(Array(SESSIONS).fill({ interactionCount: TURNS / 2 }));
  }, 120_000);

  it('leaves every fork with the turns of those that it goes back to', async () => {
    const count = `{ sessions(first: 100, sort: { by: STARTED, direction: ASC }) {
      edges { node { interactionCount inheritedInteractionCount parentSessionId } } } }`;
    const { counts, sessions } = await killed(forks, count);
    expect(counts).toEqual([
      { kind: 'branches', created: (GENERATIONS * (GENERATIONS - 1)) / 2, existing: 0, refused: 0 },
      { kind: 'interactions', created: GENERATIONS * OWN, existing: 0, refused: 0 },
      { kind: 'sessions', created: GENERATIONS, existing: 0, refused: 0 },
    ]);
    expect(sessions).toEqual(
      forks.sessions.map(({ parentSessionId = null }, elders) => ({
        interactionCount: OWN,
        inheritedInteractionCount: elders * (POINT + 1),
        parentSessionId,
      })),
    );
  }, 120_000);
});
