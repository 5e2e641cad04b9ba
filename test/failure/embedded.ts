import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** The pid of the server of a data directory; undefined when there is none. */
export function postmasterPid(dataDir: string): number | undefined {
  try {
    return Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}

/** A client of the embedded PostgreSQL, as the role that owns the tables. */
export async function connectTo(dataDir: string): Promise<pg.Client> {
  const port = Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[3]);
  const password = readFileSync(join(dataDir, 'postgres.password'), 'utf8');
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'recollect',
    database: 'recollect',
    password,
  });
  await client.connect();
  return client;
}

/** What the database holds, to be compared with what was acknowledged. */
export async function storedInteractions(dataDir: string): Promise<{ ids: string[]; counted: number }> {
  const client = await connectTo(dataDir);
  try {
    const { rows } = await client.query<{ id: string }>('select id from interactions');
    const counters = await client.query<{ sum: string }>('select sum(interaction_count) from sessions');
    return { ids: rows.map(({ id }) => id), counted: Number(counters.rows[0]!.sum) };
  } finally {
    await client.end();
  }
}
