import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** As durable as any, with room for the seeded rows and no checkpoint in the middle of every window. */
export const SETTINGS = {
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  max_connections: '300',
};

export interface BenchDatabase {
  url: string;
  pid: number;
  version: string;
  execute(file: string): Promise<void>;
  query(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** A PostgreSQL of our own, migrated by the service's code; gone with its data after `stop()`. */
export async function startDatabase(root: URL): Promise<BenchDatabase> {
  const built = (path: string) => import(new URL(`dist/src/database/${path}`, root).href);
  const { EmbeddedPostgres } = await built('embedded-postgres.js');
  const { migrate } = await built('migrator.js');
  const directory = mkdtempSync(join(tmpdir(), 'recollect-bench-'));
  chmodSync(directory, 0o711); // As root PostgreSQL runs as another user.
  const server = await EmbeddedPostgres.start(directory, SETTINGS);
  await migrate(server.url);

  const client = new pg.Client(server.url);
  await client.connect();
  const { rows } = await client.query('show server_version');
  const query = async (text: string) => void (await client.query(text));
  return {
    url: server.url,
    pid: server.pid,
    version: rows[0].server_version,
    execute: (file) => query(readFileSync(new URL(file, import.meta.url), 'utf8')),
    query,
    stop: async () => {
      await client.end();
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
