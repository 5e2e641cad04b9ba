import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { startDatabase, type BenchDatabase } from './database.ts';
import { measurePages, measureRequests, type RequestResults } from './requests.ts';
import { report } from './report.ts';
import type { Part } from './run.ts';
import { CONTENDERS, PLAIN, startServer, type Server } from './servers.ts';
import { measureSubscriptions, type SubscriptionResult } from './subscriptions/measure.ts';
import { makeSecrets, type Secrets } from './tokens.ts';
import type { Workload } from './operations.ts';

/** Of every contender; more than the two cores of a small machine can use, fewer than the callers. */
const POOL_SIZE = 20;

export interface Options {
  quick: boolean;
  parts: readonly Part[];
}

export interface Bench {
  options: Options;
  database: BenchDatabase;
  secrets: Secrets;
  /** What every contender is told. */
  environment: Record<string, string>;
}

export interface Results {
  requests: RequestResults[];
  pages: { title: string; p50: number; perSecond: number }[];
  pageRatio: number;
  subscriptions: SubscriptionResult[];
  postgres: string;
  /** What else the machine was doing: processes that wanted a core when the benchmark began. */
  loadBefore: number;
  minutes: number;
}

export async function benchmark(options: Options): Promise<void> {
  const start = performance.now();
  const [loadBefore = 0] = os.loadavg();
  console.log('Starting PostgreSQL and seeding it.');
  const database = await startDatabase(new URL('../', import.meta.url));
  try {
    const secrets = await makeSecrets();
    const bench: Bench = { options, database, secrets, environment: environmentOf(database, secrets) };
    await seed(bench);
    const workloads = options.parts.filter((part) => part !== 'subscriptions');
    const requests = workloads.length > 0 ? await withServers(bench, workloads) : null;
    const subscriptions = options.parts.includes('subscriptions') ? await measureSubscriptions(bench) : [];
    const text = report({
      requests: requests?.results ?? [],
      pages: requests?.pages?.pages ?? [],
      pageRatio: requests?.pages?.ratio ?? 0,
      subscriptions,
      postgres: database.version,
      loadBefore,
      minutes: (performance.now() - start) / 60_000,
    });
    console.log(`\n${text}`);
    // What was measured in haste or in part is not kept.
    if (!options.quick && options.parts.length > 1)
      writeFileSync(new URL('RESULTS.md', import.meta.url), text);
  } finally {
    await database.stop();
  }
}

function environmentOf({ url }: BenchDatabase, { secret, jwtKey }: Secrets): Record<string, string> {
  return {
    DATABASE_URL: url,
    POOL_SIZE: String(POOL_SIZE),
    DATABASE_POOL_SIZE: String(POOL_SIZE),
    RECOLLECT_SECRET: secret,
    JWT_KEY: jwtKey,
  };
}

/** The plain service makes its tables when it starts. */
async function seed({ database, environment }: Bench): Promise<void> {
  await database.execute('seed.sql');
  await database.execute('settled.sql');
  await database.query('create schema plain');
  const plain = await startServer(PLAIN, environment);
  await plain.stop();
  await database.execute('baseline/seed.sql');
  await database.query('vacuum analyze');
  await database.query('checkpoint');
}

async function withServers(bench: Bench, workloads: readonly Workload[]) {
  const servers: Server[] = [];
  try {
    for (const contender of CONTENDERS) servers.push(await startServer(contender, bench.environment));
    const results = await measureRequests(bench, servers, workloads);
    return { results, pages: workloads.includes('sessions') ? await measurePages(bench, servers[0]!) : null };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
