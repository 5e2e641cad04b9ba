import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { cpuOfFamily } from './cpu.ts';
import type { Measured } from './load.ts';
import type { Workload } from './operations.ts';
import { texts } from './texts.ts';
import { USERS } from './users.ts';

const [question, answer] = texts(2, 3) as [string, string];

/** What the service sends, with the user worked out by the database; `:user` is a number at random. */
const STATEMENTS: Record<Workload, string> = {
  record: `select * from apply_commands(jsonb_build_array(jsonb_build_object('kind', 'recordInteraction', 'userId', bench_user(:user::integer), 'id', uuidv7(), 'newSessionId', uuidv7(), 'question', '${question}', 'answer', '${answer}')), '{"idleTimeoutSeconds": 900, "tokenLimit": 4000}', false, '2s')`,
  recent: `select * from interaction_model where "userId" = (select as_user(bench_user(:user::integer))) order by sequence desc limit 20`,
  sessions: `select * from session_model where "userId" = (select as_user(bench_user(:user::integer))) order by "startedAt" desc, id desc limit 20`,
};

/** As the service connects. */
const SETTINGS = '-c role=recollect_app -c plan_cache_mode=force_generic_plan';

interface SqlWindow {
  url: string;
  postgresPid: number;
  workload: Workload;
  connections: number;
  seconds: number;
}

export const hasPgbench = (() => {
  try {
    execFileSync('pgbench', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** The same statements without a service before them: by pgbench, or where that is missing by a bare loop. */
export async function measureSql(window: SqlWindow): Promise<Measured> {
  const [start, cpu] = [performance.now(), cpuOfFamily(window.postgresPid)];
  const milliseconds = hasPgbench ? await pgbench(window) : await loop(window);
  // Connecting is part of pgbench's run and of no transaction.
  const seconds = hasPgbench ? window.seconds : (performance.now() - start) / 1000;
  return {
    requests: milliseconds.length,
    seconds,
    milliseconds,
    serverCpu: 0,
    postgresCpu: cpuOfFamily(window.postgresPid) - cpu,
  };
}

async function pgbench({ url, workload, connections, seconds }: SqlWindow): Promise<Float64Array> {
  const directory = mkdtempSync(join(tmpdir(), 'recollect-pgbench-'));
  try {
    const script = join(directory, 'script.sql');
    writeFileSync(script, `\\set user random(1, ${USERS})\n${STATEMENTS[workload]};\n`);
    await run('pgbench', [
      ...['--no-vacuum', '--protocol=prepared', `--client=${connections}`, `--time=${seconds}`],
      ...['--log', `--log-prefix=${join(directory, 'log')}`, `--file=${script}`, url],
    ]);
    const logs = readdirSync(directory).filter((name) => name.startsWith('log'));
    const lines = logs.flatMap((name) => readFileSync(join(directory, name), 'utf8').trim().split('\n'));
    return Float64Array.from(lines, (line) => Number(line.split(' ')[2]) / 1000);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function run(program: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, PGOPTIONS: SETTINGS },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program} failed: ${said}`))));
  });
}

async function loop({ url, workload, connections, seconds }: SqlWindow): Promise<Float64Array> {
  const text = STATEMENTS[workload].replace(':user', '$1');
  const milliseconds: number[] = [];
  const deadline = performance.now() + seconds * 1000;
  const work = async () => {
    const client = new pg.Client({ connectionString: url, options: SETTINGS });
    await client.connect();
    while (performance.now() < deadline) {
      const start = performance.now();
      await client.query({ name: workload, text, values: [1 + Math.floor(Math.random() * USERS)] });
      milliseconds.push(performance.now() - start);
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: connections }, work));
  return Float64Array.from(milliseconds);
}
