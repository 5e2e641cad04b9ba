import { createDirectory } from '../support/database.js';
import { freePort, graphql, register, startService } from './service.js';

const SESSIONS = 40;
const TURNS = 200;

const turn = (session: number, n: number) => ({
  role: n % 2 === 0 ? 'user' : 'assistant',
  content: `What is said at ${n} in ${session}`,
  timestamp: 1_700_000_000 + session * 10_000 + n,
});
const file = Array.from({ length: SESSIONS }, (_, session) => ({
  id: session,
  messages: Array.from({ length: TURNS }, (_, n) => turn(session, n)),
}));

const STATE =
  '{ imports { state readBytes receivedBytes errorCount counts { kind created existing refused } } }';

it('kill -9 in the middle of an import loses and doubles nothing', async () => {
  const directory = createDirectory();
  const environment = { DATA_DIR: directory.path, PORT: await freePort() };
  let service = await startService(environment);
  const { token } = await register(service.url);
  const now = async () => (await graphql(service.url, STATE, {}, token)).data.imports[0];
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
  expect(after.counts).toEqual([
    { kind: 'interactions', created: (SESSIONS * TURNS) / 2, existing: 0, refused: 0 },
    { kind: 'sessions', created: SESSIONS, existing: 0, refused: 0 },
  ]);
  const count = '{ sessions(first: 100) { edges { node { interactionCount } } } }';
  const { edges } = (await graphql(service.url, count, {}, token)).data.sessions;
  expect(edges.map(({ node }: any) => node.interactionCount)).toEqual(Array(SESSIONS).fill(TURNS / 2));
  await service.end('SIGTERM');
  directory.remove();
}, 120_000);
