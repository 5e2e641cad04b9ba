import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startDatabase, type BenchDatabase } from './database.ts';
import { figuresOf, LoadProcess, ratio } from './measure.ts';
import type { Measured } from './load.ts';
import { RECOLLECT, startServer, type Server } from './servers.ts';
import { makeSecrets } from './tokens.ts';

const ROUNDS = { 1: 5, 8: 5, 32: 7 };
const WINDOW_SECONDS = 2;
const WARM_UP_SECONDS = 3;
/** The seeded sessions would be summarised, learnt from and given titles meanwhile, which an older checkout may not know. */
const BACKGROUND = Object.fromEntries(
  ['SUMMARIES', 'LEARNING', 'TITLES'].map((work) => [`BACKGROUND_${work}`, 'false']),
);
/** As the benchmark has it. */
const POOL_SIZE = '20';

interface Side {
  database: BenchDatabase;
  server: Server;
}

const [other] = process.argv.slice(2);
if (!other) {
  console.log('npm run bench:before -- <directory of another checkout with its packages installed>');
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const secrets = await makeSecrets();

/** A checkout on a database of its own, with the same rows. */
async function start(directory: string): Promise<Side> {
  execFileSync(process.execPath, ['scripts/build.js'], { cwd: directory, stdio: 'inherit' });
  const root = pathToFileURL(`${directory}/`);
  const database = await startDatabase(root);
  await database.execute('seed.sql');
  await database.query('vacuum analyze');
  await database.query('checkpoint');
  const contender = { ...RECOLLECT, program: resolve(directory, 'dist/src/main.js') };
  const environment = {
    ...BACKGROUND,
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: POOL_SIZE,
    RECOLLECT_SECRET: secrets.secret,
  };
  return { database, server: await startServer(contender, environment) };
}

const sides = [await start(resolve(other)), await start(resolve(import.meta.dirname, '..'))];
const load = new LoadProcess('load.ts');
load.tell({ tokens: secrets.tokens });
const window = ({ database, server }: Side, connections: number, seconds: number): Promise<Measured> =>
  load.window({
    port: server.port,
    pid: server.pid,
    postgresPid: database.pid,
    dialect: 'recollect',
    workload: 'record',
    connections,
    seconds,
  });

for (const side of sides) await window(side, 32, WARM_UP_SECONDS);
console.log('| recordInteraction | before, /s | now, /s | now / before | CPU us before | now |');
console.log('| ---: | ---: | ---: | ---: | ---: | ---: |');
for (const [key, rounds] of Object.entries(ROUNDS)) {
  const windows: [Measured[], Measured[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    // Whoever is first meets a machine that has just rested.
    for (const side of round % 2 ? [1, 0] : [0, 1]) {
      windows[side]!.push(await window(sides[side]!, Number(key), WINDOW_SECONDS));
    }
  }
  const [before, now] = windows.map(figuresOf);
  const cpu = ({ serverCpu, postgresCpu }: NonNullable<typeof now>) =>
    `${serverCpu.toFixed(0)} + ${postgresCpu.toFixed(0)}`;
  const cells = [before!.perSecond.toFixed(0), now!.perSecond.toFixed(0), ratio(now!, before!).toFixed(2)];
  console.log(`| ${[key, ...cells, cpu(before!), cpu(now!)].join(' | ')} |`);
}
load.stop();
for (const { server, database } of sides) {
  await server.stop();
  await database.stop();
}
