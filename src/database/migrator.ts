import { readdir } from 'node:fs/promises';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { connectionOptions, type ConnectionOptions } from './connection.js';
import { createDataSource } from './data-source.js';
import { replaceRoutines } from './routines.js';

const MIGRATIONS = new URL('../../migrations/', import.meta.url);
const MIGRATION_LOCK = 7_263_526_557;

/** Brings the database up to date. Any number of processes may call it at once: one works, the others wait. */
export async function migrate(url: string): Promise<void> {
  const client = new pg.Client(unhurried(url));
  await client.connect();
  try {
    await assertUsable(client);
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await withMigrations(url, (dataSource) => dataSource.runMigrations({ transaction: 'each' }));
    await replaceRoutines(client);
  } finally {
    await client.end();
  }
}

/** A data source that knows the migrations, as the role that owns the tables. */
export async function withMigrations<T>(
  url: string,
  use: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const dataSource = createDataSource(url, 'owner', {
    migrations: await loadMigrations(),
    extra: unhurried(url),
  });
  await dataSource.initialize();
  try {
    return await use(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

/** 24 days. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A migration takes as long as it takes. */
function unhurried(url: string): ConnectionOptions {
  const { options, ...rest } = connectionOptions(url, 'owner', 'migrator');
  return {
    ...rest,
    options: `${options} -c statement_timeout=0 -c idle_in_transaction_session_timeout=0`,
    answerMilliseconds: LONGEST_TIMER,
    connectionTimeoutMillis: 5000,
  };
}

async function assertUsable(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; number: number; encoding: string }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::integer as number,
            current_setting('server_encoding') as encoding`,
  );
  const [server] = rows;
  if (!server || server.number < 150_000) {
    throw new Error(`Recollect needs PostgreSQL 15 or newer; DATABASE_URL names version ${server?.version}.`);
  }
  if (server.encoding !== 'UTF8') {
    throw new Error(
      `Recollect needs a database encoded in UTF8; DATABASE_URL names one in ${server.encoding}.`,
    );
  }
}

type MigrationClass = new () => { up(): Promise<void>; down(): Promise<void> };

async function loadMigrations(): Promise<MigrationClass[]> {
  const files = (await readdir(MIGRATIONS)).filter((name) => /^\d+-[a-z0-9-]+\.(js|ts)$/.test(name)).sort();
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, MIGRATIONS).href) as Promise<Record<string, MigrationClass>>),
  );
  return modules.flatMap((module) => Object.values(module));
}
