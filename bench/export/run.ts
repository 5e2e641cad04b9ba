/**
 * Exports a user with 100,000 interactions, breaks the export off and asks for the rest, and imports the file: how long,
 * how much memory the service takes, what another user's records and pages wait meanwhile, and what the first question about
 * what was imported waits. Run with
 * `npm run bench:export` after `npm run build`; `-- 300` is of 300 sessions in place of 1,000, and `-- 1000 export` leaves
 * the import out.
 */
import { readFileSync } from 'node:fs';
import { startDatabase } from '../database.ts';
import { RECOLLECT, startServer } from '../servers.ts';

const SESSIONS = Number(process.argv[2] ?? 1000);
const TURNS = 100;
const RECORD = `mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }`;
const RECALL = '{ recall(query: "the smoky tea", first: 5) { score } }';
const RECENT = '{ recentInteractions(limit: 20) { id question answer } }';

const quantile = (values: number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))]!;

const root = new URL('../../', import.meta.url);
const database = await startDatabase(root);
const service = await startServer(RECOLLECT, {
  DATABASE_URL: database.url,
  RECOLLECT_SECRET: 'x'.repeat(32),
});
const url = `http://127.0.0.1:${service.port}`;

async function run(query: string, variables: object, token?: string): Promise<any> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as any;
  if (!data) throw new Error(JSON.stringify(errors));
  return data;
}

async function register(email: string): Promise<{ token: string; id: string }> {
  const input = { email, password: 'correct horse battery' };
  const query = 'mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { id } } }';
  const { register } = await run(query, { input });
  return { token: register.accessToken, id: register.user.id };
}

const megabytes = (name: 'VmRSS' | 'VmHWM') =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))![1]) /
  1024;

async function beside<T>(token: string, work: Promise<T>): Promise<{ result: T; waits: number[] }> {
  let isOver = false;
  const waits: number[] = [];
  const result = work.finally(() => (isOver = true));
  while (!isOver) {
    const start = performance.now();
    await run(waits.length % 2 === 0 ? RECORD : RECENT, { input: { question: 'q', answer: 'a' } }, token);
    waits.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { result: await result, waits };
}

const show = (waits: number[]) =>
  `p50 ${quantile(waits, 0.5).toFixed(1)} ms, p99 ${quantile(waits, 0.99).toFixed(1)} ms of ${waits.length}`;

const [owner, other, target] = [
  await register('a@x.org'),
  await register('b@x.org'),
  await register('c@x.org'),
];
await database.query(`
  insert into sessions (user_id, id, type, started_at, ended_at, end_reason, last_activity_at, idle_timeout_seconds,
    period_started_at, token_limit, revision, interaction_count)
  select '${owner.id}', gen_random_uuid(), 'TEXT_CHAT', t, t + interval '1 hour', 'IDLE_TIMEOUT', t + interval '1 hour', 900, t,
    4000, 1, ${TURNS}
  from generate_series(1, ${SESSIONS}) n, lateral (select timestamptz '2024-01-01' + n * interval '5 hours' as t) at;
  insert into interactions (user_id, id, session_id, sequence, revision, status, modality, question, answer, occurred_at)
  select user_id, gen_random_uuid(), id, row_number() over (), 1, 'COMPLETED', 'TEXT', repeat('what about tea ', 10),
    repeat('the smoky one is what you liked best ', 15), started_at + n * interval '20 seconds'
  from sessions, generate_series(1, ${TURNS}) n where user_id = '${owner.id}';
  update revisions set value = 1000000 where user_id = '${owner.id}';
  analyze`);

await run(RECENT, {}, other.token);
const alone = await beside(other.token, new Promise((resolve) => setTimeout(resolve, 3000)));
const before = megabytes('VmRSS');
let start = performance.now();
const exported = await beside(
  other.token,
  fetch(`${url}/export`, { headers: { authorization: `Bearer ${owner.token}` } }).then((one) =>
    one.arrayBuffer(),
  ),
);
const exportSeconds = (performance.now() - start) / 1000;
const peak = megabytes('VmHWM');
const half = await fetch(`${url}/export`, { headers: { authorization: `Bearer ${owner.token}` } });
const reader = half.body!.getReader();
let came = '';
while (came.length < exported.result.byteLength / 2)
  came += new TextDecoder().decode((await reader.read()).value);
await reader.cancel();
const last = [...came.matchAll(/\n\{"id":"([-0-9a-f]{36})","projectId"/g)].at(-2)![1];
start = performance.now();
const rest = await fetch(`${url}/export?after=${last}`, {
  headers: { authorization: `Bearer ${owner.token}` },
});
const restBytes = (await rest.arrayBuffer()).byteLength;
const restSeconds = (performance.now() - start) / 1000;
console.log(`${SESSIONS * TURNS} interactions in ${SESSIONS} sessions, ${(exported.result.byteLength / 1e6).toFixed(0)} MB
  export: ${exportSeconds.toFixed(1)} s; resident ${before.toFixed(0)} MB before, at most ${peak.toFixed(0)} MB
  broken off in the middle, the rest: ${(restBytes / 1e6).toFixed(0)} MB in ${restSeconds.toFixed(1)} s
  another user, one request at a time, record and page in turn:
  alone           ${show(alone.waits)}
  during export   ${show(exported.waits)}`);
if (process.argv[3] !== 'export') await measureImport();
await service.stop();
await database.stop();

async function measureImport(): Promise<void> {
  const before = megabytes('VmRSS');
  const start = performance.now();
  const imported = await beside(
    other.token,
    (async () => {
      await fetch(`${url}/import`, {
        method: 'POST',
        headers: { authorization: `Bearer ${target.token}` },
        body: exported.result,
      });
      for (;;) {
        const { imports } = await run('{ imports { state } }', {}, target.token);
        if (!['WAITING', 'RUNNING'].includes(imports[0].state)) return imports[0].state;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    })(),
  );
  const seconds = (performance.now() - start) / 1000;
  const turns = SESSIONS * TURNS;
  console.log(`  import: ${imported.result} in ${seconds.toFixed(1)} s, ${(turns / seconds).toFixed(0)} turns/s; resident ${before.toFixed(0)} MB before, at most ${megabytes('VmHWM').toFixed(0)} MB
  during import   ${show(imported.waits)}`);
  for (const which of ['first', 'second']) {
    const asked = performance.now();
    await run(RECALL, {}, target.token);
    console.log(`  the ${which} question about it: ${(performance.now() - asked).toFixed(0)} ms`);
  }
}
