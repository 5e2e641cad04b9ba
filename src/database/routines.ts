import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';

const ROUTINES = new URL('../../migrations/routines/', import.meta.url);

/** What this transaction has made, in the order of making. A trigger goes with its function. */
const RECORD = `
  insert into routines (position, kind, identity)
  select row_number() over (order by oid), kind, identity from (
    select oid, 'function' as kind, oid::regprocedure::text as identity, xmin, pronamespace as namespace from pg_proc
    union all
    select oid, case relkind when 'v' then 'view' else 'type' end, oid::regclass::text, xmin, relnamespace
    from pg_class where relkind in ('v', 'c')
  ) made
  where namespace = current_schema::regnamespace and xmin = pg_current_xact_id()::xid`;

/**
 * Replaces the functions, triggers, views and composite types of the database by those of migrations/routines/, when
 * these files have changed since. They are code, not state: a file says what is so now, and a migration says how the
 * tables got there. Other processes see the old ones or the new ones, never none. Runs as the owner of the tables,
 * under the migrator's lock.
 */
export async function replaceRoutines(client: pg.Client): Promise<void> {
  const names = (await readdir(ROUTINES)).filter((name) => name.endsWith('.sql')).sort();
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, ROUTINES), 'utf8')));
  const digest = createHash('sha256').update(texts.join('\0')).digest('hex');
  const { rows } = await client.query<{ digest: string }>('select digest from routines_digest');
  if (rows[0]?.digest === digest) return;

  await client.query('begin');
  try {
    await dropRoutines(client);
    for (const text of texts) await client.query(text);
    await client.query(RECORD);
    await client.query('delete from routines_digest');
    await client.query('insert into routines_digest values ($1)', [digest]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function dropRoutines(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ kind: string; identity: string }>(
    'with dropped as (delete from routines returning *) select * from dropped order by position desc',
  );
  for (const { kind, identity } of rows) await client.query(`drop ${kind} if exists ${identity} cascade`);
}
