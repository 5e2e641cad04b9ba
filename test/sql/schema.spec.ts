import '../../src/app.module.js';
import pg from 'pg';
import { statements } from '../../src/database/statement.js';
import { migrate, withMigrations } from '../../src/database/migrator.js';
import { createDatabase, createEmptyDatabase, dropDatabase, execute } from '../support/database.js';

/** Everything that a migration makes, as text. */
const INVENTORY = `
  select 'relation ' || relname || ' ' || relkind::text as item from pg_class where relnamespace = 'public'::regnamespace
  union all select 'function ' || oid::regprocedure || ' ' || prosrc from pg_proc where pronamespace = 'public'::regnamespace
  union all select 'type ' || typname from pg_type where typnamespace = 'public'::regnamespace
  union all select 'policy ' || tablename || ' ' || qual from pg_policies
  union all select 'trigger ' || tgname || ' on ' || tgrelid::regclass from pg_trigger where not tgisinternal
  union all select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace
  order by 1`;
const inventory = async (url: string) =>
  ((await execute(url, INVENTORY)) as { item: string }[]).map(({ item }) => item);

describe('the migrations', () => {
  let url: string;
  beforeAll(async () => {
    url = await createEmptyDatabase();
  });
  afterAll(() => dropDatabase(url));

  it('go up, down to nothing, and up again to the same', async () => {
    await withMigrations(url, async (source) => {
      await source.showMigrations(); // makes the table of migrations itself
      const empty = await inventory(url);
      await migrate(url);
      const up = await inventory(url);
      expect(up.length).toBeGreaterThan(50);
      while ((await source.query('select 1 from migrations')).length > 0) await source.undoLastMigration();
      expect(await inventory(url)).toEqual(empty);
      await migrate(url);
      expect(await inventory(url)).toEqual(up);
    });
  });

  it('replace routines that have changed by what the files say, and leave those of others alone', async () => {
    await migrate(url);
    const before = await inventory(url);
    await execute(
      url,
      `create function of_another() returns integer language sql as 'select 1';
       create or replace function uuid_of(c jsonb, key text) returns uuid language sql as 'select null::uuid';
       update routines_digest set digest = 'of older files'`,
    );
    await migrate(url);
    expect((await inventory(url)).filter((item) => !before.includes(item))).toEqual([
      'function of_another() select 1',
    ]);
    await execute(url, 'drop function of_another');
  });

  it('make the tables that the entities describe', async () => {
    await withMigrations(url, async (source) => {
      const drift = await source.driver.createSchemaBuilder().log();
      expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
      const tables = await source.query(
        "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')",
      );
      const described = source.entityMetadatas.map(({ tableName }) => tableName);
      // The first three are the migrator's; the last is where pgvector is: see test/api/embeddings.spec.ts.
      expect(new Set(['migrations', 'routines', 'routines_digest', ...described])).toEqual(
        new Set(['interaction_embeddings', ...tables.map(({ name }: { name: string }) => name)]),
      );
    });
  });
});

describe('every statement', () => {
  it('can be prepared by the role that the service works as', async () => {
    const url = await createDatabase();
    const client = new pg.Client(url);
    await client.connect();
    try {
      await client.query('set role recollect_app');
      expect(statements.size).toBeGreaterThan(15);
      for (const { name, text } of statements.values()) {
        await client.query(`prepare "${name}" as ${text}`).catch((error: unknown) => {
          throw new Error(`${name}: ${(error as Error).message}`);
        });
      }
    } finally {
      await client.end();
      await dropDatabase(url);
    }
  });
});
