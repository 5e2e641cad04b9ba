import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A fresh migrated database of the run's PostgreSQL: its URL, for the role that owns it. */
export async function createDatabase(): Promise<string> {
  const template = new URL(process.env.TEST_DATABASE_URL!);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdministrator(`create database ${name} template ${template.pathname.slice(1)} strategy file_copy`);
  return at(name);
}

/** A fresh database without a single table. */
export async function createEmptyDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdministrator(`create database ${name} template template0`);
  return at(name);
}

/** PostgreSQL waits some seconds for connections that are just ending; by force they would end with an error. */
export async function dropDatabase(url: string): Promise<void> {
  await asAdministrator(`drop database if exists ${new URL(url).pathname.slice(1)}`);
}

/** A data directory for one test. */
export function createDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'recollect-test-'));
  chmodSync(path, 0o711); // As root PostgreSQL runs as another user.
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function at(name: string): string {
  const url = new URL(process.env.TEST_DATABASE_URL!);
  url.pathname = name;
  return url.href;
}

async function asAdministrator(command: string): Promise<void> {
  const client = new pg.Client(at('postgres'));
  await client.connect();
  try {
    await client.query(command);
  } finally {
    await client.end();
  }
}

/** Runs one statement as the owner of the tables: what a test does behind the service's back. */
export async function execute(url: string, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text, values)).rows as unknown[];
  } finally {
    await client.end();
  }
}

/**
 * The tables, the job queue's too, of which any row has the text in any column, whatever its type: as it is, or as bytes.
 * Of a word, ask for the part that all its forms have: the word index keeps stems.
 */
export async function tablesWith(url: string, text: string): Promise<string[]> {
  const tables = (await execute(
    url,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  )) as { name: string }[];
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await execute(url, `select from ${name} t where t::text ilike any($1) limit 1`, [
      [`%${text}%`, `%${Buffer.from(text).toString('hex')}%`],
    ]);
    if (rows.length > 0) found.push(name);
  }
  return found;
}
