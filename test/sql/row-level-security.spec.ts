import '../../src/app.module.js';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { MAX, NIL } from 'uuid';
import { statements } from '../../src/database/statement.js';
import { createDatabase, dropDatabase } from '../support/database.js';

let url: string;
let client: pg.Client;
/** Every table that has a user. */
let tables: { name: string; walled: boolean }[];
const ada = randomUUID();
const bob = randomUUID();

/** As the service does: no transaction around it. */
const rows = async (text: string, values: unknown[] = []) => (await client.query(text, values)).rows;

beforeAll(async () => {
  url = await createDatabase();
  client = new pg.Client(url);
  await client.connect();
  for (const [id, email] of [
    [ada, 'ada@example.org'],
    [bob, 'bob@example.org'],
  ]) {
    await client.query(`insert into users (id, email, password_hash) values ($1, $2, '')`, [id, email]);
    await client.query('insert into revisions (user_id) values ($1)', [id]);
  }
  tables = await rows(`
    select c.relname as name, c.relrowsecurity as walled from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id' and c.relkind = 'r'
    where c.relnamespace = 'public'::regnamespace order by 1`);
  for (const userId of [ada, bob]) {
    const turn = {
      kind: 'recordInteraction',
      userId,
      id: randomUUID(),
      newSessionId: randomUUID(),
      scope: 'a',
    };
    const defaults = { idleTimeoutSeconds: 900, tokenLimit: 4000 };
    const [{ error_code }] = await rows("select * from apply_commands($1, $2, false, '1s')", [
      JSON.stringify([{ ...turn, question: 'q' }]),
      defaults,
    ]);
    expect(error_code).toBe(null);
    for (const { name } of tables) await fill(name, userId);
  }
  await client.query('set role recollect_app');
});
afterAll(async () => {
  await client.end();
  await dropDatabase(url);
});

/** Gives the user a row in the table, of whatever its columns allow, unless there is one. */
async function fill(table: string, userId: string): Promise<void> {
  if ((await rows(`select from ${table} where user_id = $1`, [userId])).length > 0) return;
  const columns: { name: string; type: string; label: string | null }[] = await rows(
    `select a.attname as name, t.typname as type,
       (select enumlabel from pg_enum e where e.enumtypid = t.oid order by enumsortorder limit 1) as label
     from pg_attribute a join pg_type t on t.oid = a.atttypid
     where a.attrelid = $1::regclass and a.attnum > 0 and a.attnotnull and not a.atthasdef and a.attidentity = ''
       and a.attname <> 'user_id' and not a.attisdropped`,
    [table],
  );
  const values = columns.map(({ type, label }) => label ?? ANYTHING[type]?.() ?? '{}');
  const names = ['user_id', ...columns.map(({ name }) => name)];
  // What the row would refer to need not be there.
  await client.query('set session_replication_role = replica');
  await rows(
    `insert into ${table} (${names.join()}) values (${names.map((_, index) => `$${index + 1}`).join()})`,
    [userId, ...values],
  );
  await client.query('set session_replication_role = origin');
}

/** A value of a type; what is not here is an array or a document. */
const ANYTHING: Record<string, () => unknown> = {
  uuid: randomUUID,
  text: randomUUID,
  bytea: () => Buffer.from(randomUUID()),
  timestamptz: () => new Date(),
  date: () => new Date(),
  bool: () => true,
  int2: () => 1,
  int4: () => 1,
  int8: () => 1,
  float4: () => 1,
  float8: () => 1,
  numeric: () => 1,
};

describe('the second wall', () => {
  it('stands around every table that has a user', () => {
    const open = tables.filter(({ walled }) => !walled).map(({ name }) => name);
    // Looked up by the token's hash, before it is known whose it is.
    expect(open).toEqual(['refresh_tokens']);
  });

  it('shows nothing to a statement that names no user', async () => {
    for (const { name } of tables.filter(({ walled }) => walled)) {
      expect([name, await rows(`select * from ${name}`)]).toEqual([name, []]);
      expect([name, (await client.query(`delete from ${name}`)).rowCount]).toEqual([name, 0]);
      const row = { user_id: ada, id: randomUUID(), value: 1, revision: 1 };
      await expect(
        client.query(`insert into ${name} select * from jsonb_populate_record(null::${name}, $1)`, [row]),
      ).rejects.toThrow(/row-level security/);
    }
  });

  it('shows only the rows of the user that the statement names', async () => {
    for (const { name } of tables.filter(({ walled }) => walled)) {
      const seen = async (condition: string) =>
        new Set(
          (await rows(`select user_id from ${name} where ${condition}`, [ada])).map(Object.values).flat(),
        );
      expect([name, await seen('user_id = (select as_user($1))')]).toEqual([name, new Set([ada])]);
      expect([name, await seen('(select as_user($1)) is not null and user_id is not null')]).toEqual([
        name,
        new Set([ada]),
      ]);
      expect([name, await seen(`user_id = '${bob}' and (select as_user($1)) is not null`)]).toEqual([
        name,
        new Set(),
      ]);
    }
  });

  it('is closed again after each statement', async () => {
    await rows('select 1 from sessions where user_id = (select as_user($1))', [ada]);
    expect(await rows('select * from sessions')).toEqual([]);
  });

  it('does not depend on the plan', async () => {
    const plans = [
      'enable_indexscan',
      'enable_bitmapscan',
      'enable_seqscan',
      'enable_nestloop',
      'enable_hashjoin',
    ];
    const session = (await rows('select id from sessions where user_id = (select as_user($1))', [ada]))[0].id;
    const reads = [...statements.values()].filter(({ text }) => /^select \*[^]* from \w+_model/.test(text));
    expect(reads.length).toBeGreaterThan(5);
    for (const { text } of reads) {
      const count = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)));
      const values = valuesOf(text, session, count);
      const seen = [];
      for (let mask = 0; mask < 2 ** plans.length; mask++) {
        for (const [bit, plan] of plans.entries())
          await client.query(`set ${plan} = ${mask & (1 << bit) ? 'on' : 'off'}`);
        const found = await rows(text, values);
        expect(found.every(({ userId }) => userId === ada)).toBe(true);
        seen.push(found.length);
      }
      expect(new Set(seen).size).toBe(1);
    }
    for (const plan of plans) await client.query(`reset ${plan}`);
  });

  it('lets nobody but the service call what reads across users', async () => {
    await client.query('reset role');
    await client.query('create role stranger_of_recollect nologin');
    await client.query('set role stranger_of_recollect');
    for (const call of [
      `changes_since(array['${ada}']::uuid[], array[0]::bigint[], 1, 1, false)`,
      `record_turns('[]')`,
      'abandoned_sessions(1)',
      `users_with_old_sessions(now(), '${ada}', 1)`,
      'abandoned_answers(1)',
      `service_key_of('')`,
      `user_of_identity('${ada}', 'telegram', '1')`,
      `user_of_link_code('')`,
      `session_of_link('')`,
      `session_of_reader('${ada}', '${bob}')`,
      `shares_with('${ada}', 1)`,
      `copy_shared_turns('${ada}', '${ada}', '${bob}', '${bob}', 1, 1)`,
      `user_of_new_identity('${ada}', 'telegram', '2', '${randomUUID()}', '${randomUUID()}')`,
    ]) {
      await expect(client.query(`select * from ${call}`)).rejects.toThrow(/permission denied/);
    }
    await client.query('reset role');
    await client.query('drop role stranger_of_recollect');
    await client.query('set role recollect_app');
  });

  it('keeps the service from the tables of other parts and from the schema', async () => {
    await expect(client.query('create table mine ()')).rejects.toThrow(/permission denied/);
    await expect(client.query('drop table sessions')).rejects.toThrow(/must be owner/);
    await expect(client.query('alter table sessions disable row level security')).rejects.toThrow(
      /must be owner/,
    );
  });
});

/** Arguments under which a read of the registry finds something of Ada's. */
function valuesOf(text: string, session: string, count: number): unknown[] {
  const values: unknown[] = [ada, ...Array.from({ length: count - 1 }, () => null)];
  if (/any\(\$2\)/.test(text)) values[1] = [session];
  else if (/scope = \$2/.test(text)) values[1] = 'a';
  else if (/"sessionId" = \$2/.test(text)) values.splice(1, 3, session, />/.test(text) ? 0 : 1e9, 10);
  else if (/limit \$2/.test(text)) values[1] = 10;
  else if (/id = \$2/.test(text)) values[1] = session;
  else if (/limit \$6/.test(text)) values.splice(1, 5, '-infinity', NIL, 'infinity', MAX, 10);
  return values;
}
