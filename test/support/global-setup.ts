import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import type * as embedded from '../../src/database/embedded-postgres.js';
import type * as migrator from '../../src/database/migrator.js';

// The tests may lose a database, not a minute.
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };

/**
 * Builds the service, which failure tests run as processes of their own, and starts one PostgreSQL for the whole
 * run, with a migrated database that every test file clones. With TEST_POSTGRES_URL it is a database of that server
 * instead, whose role must be a superuser. Uses the build itself, because jest transforms this file alone.
 */
export default async function setUp(): Promise<void> {
  const build = buildService();
  const directory = mkdtempSync(join(tmpdir(), 'recollect-test-'));
  chmodSync(directory, 0o711); // As root PostgreSQL runs as another user.
  const load = <T>(path: string) => import(join(build, 'src/database', path)) as Promise<T>;
  const { EmbeddedPostgres } = await load<typeof embedded>('embedded-postgres.js');
  const { migrate } = await load<typeof migrator>('migrator.js');

  const given = process.env.TEST_POSTGRES_URL;
  const server = given ? await createOn(given) : await EmbeddedPostgres.start(directory, SETTINGS);
  await migrate(server.url);

  process.env.TEST_BUILD = build;
  process.env.TEST_DATABASE_URL = server.url;
  (globalThis as { tearDown?: () => Promise<void> }).tearDown = async () => {
    await server.stop();
    for (const path of [build, directory]) rmSync(path, { recursive: true, force: true });
  };
}

/** A database of its own on a server that is there already. */
async function createOn(server: string): Promise<{ url: string; stop(): Promise<void> }> {
  const url = new URL(server);
  url.pathname = `recollect_test_${process.pid}`;
  const run = async (command: string) => {
    const client = new pg.Client(server);
    await client.connect();
    await client.query(`${command} database ${url.pathname.slice(1)}`);
    await client.end();
  };
  await run('create');
  return { url: url.href, stop: () => run('drop') };
}

function buildService(): string {
  const cache = resolve('node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const build = mkdtempSync(join(cache, 'recollect-test-'));
  const swc = resolve('node_modules/@swc/cli/bin/swc.js');
  execFileSync(process.execPath, [swc, 'src', 'migrations', '-d', build, '--copy-files', '--quiet']);
  cpSync('package.json', join(build, 'package.json'));
  return build;
}
