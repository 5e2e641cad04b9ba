import '../../src/app.module.js';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { MAX, NIL } from 'uuid';
import { statements } from '../../src/database/statement.js';
import { createDatabase, dropDatabase } from '../support/database.js';

let url: string;
let client: pg.Client;
beforeAll(async () => {
  url = await createDatabase();
  client = new pg.Client(url);
  await client.connect();
  await client.query('set role recollect_app; set plan_cache_mode = force_generic_plan');
  // The tables are empty, for which other plans would do.
  await client.query('set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off');
});
afterAll(async () => {
  await client.end();
  await dropDatabase(url);
});

interface Plan {
  'Node Type': string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Relation Name'?: string;
  'Subplan Name'?: string;
  'Function Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)];

async function planOf(name: string): Promise<Plan[]> {
  // Not `explain (generic_plan)`, which the oldest PostgreSQL that is supported does not know.
  await client.query(`prepare planned as ${statements.get(name)!.text}`);
  const { rows: prepared } = await client.query<{ count: number }>(
    `select cardinality(parameter_types) as count from pg_prepared_statements where name = 'planned'`,
  );
  const values = Array(prepared[0]!.count).fill('null').join();
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (format json) execute planned(${values})`,
  );
  await client.query('deallocate planned');
  return flat(rows[0]!['QUERY PLAN'][0].Plan);
}

const STARTED = ['ROW(started_at, id) > ROW($2, $3)', 'ROW(started_at, id) < ROW($4, $5)'];

describe('a page', () => {
  // A bound that is only a filter reads everything before the page: the fiftieth takes fifty times as long.
  it.each([
    ['sessions_page_forward', 'sessions_started_idx', STARTED],
    ['sessions_page_backward', 'sessions_started_idx', STARTED],
    ['session_interactions_forward', 'interactions_session_idx', ['session_id = $2', 'sequence > $3']],
    ['session_interactions_backward', 'interactions_session_idx', ['session_id = $2', 'sequence < $3']],
    ['recent_interactions', 'interactions_sequence_key', ['user_id =']],
    ['recent_interactions_whole', 'interactions_sequence_key', ['user_id =']],
    ['session_interactions_forward_whole', 'interactions_session_idx', ['session_id = $2', 'sequence > $3']],
  ])('of %s begins in the index where the last one ended', async (name, index, conditions) => {
    const plan = await planOf(name);
    const [scan, ...others] = plan.filter((node) => node['Index Name'] === index);
    for (const condition of conditions) expect(scan?.['Index Cond']).toContain(condition);
    for (const other of others) expect(other['Index Cond']).toContain(conditions.at(-1));
    // What a fork inherits is put in order, a page of each ancestor; its own turns, and anybody else's, are so.
    const sorts = plan.filter((node) => node['Node Type'] === 'Sort');
    const ofForks = (node: Plan) => flat(node).some((one) => one['Relation Name'] === 'session_ancestors');
    expect(sorts.filter((node) => !ofForks(node))).toEqual([]);
  });
});

const ORDERS: [string, string, string][] = [
  ['started', 'ended_sessions_started_idx', 'started_at'],
  ['last_activity', 'ended_sessions_activity_idx', 'last_activity_at'],
  ['duration', 'ended_sessions_duration_idx', 'duration_ms'],
  ['messages', 'ended_sessions_messages_idx', 'message_count'],
  ['title', 'ended_sessions_title_idx', 'title_key'],
];

describe('the list of sessions, where each of many users has some,', () => {
  beforeAll(async () => {
    await client.query('reset role; reset enable_seqscan; reset enable_bitmapscan; reset enable_sort');
    await client.query(
      `insert into users (id, email, password_hash)
       select ('01930000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@example.org', ''
       from generate_series(1, 100) n`,
    );
    await client.query(
      `insert into sessions (
         user_id, id, type, started_at, period_started_at, last_activity_at, ended_at, end_reason,
         idle_timeout_seconds, token_limit, revision)
       select u.id, gen_random_uuid(), 'TEXT_CHAT', t.at, t.at, t.at, t.at, 'EXPLICIT', 900, 4000, n
       from users u, generate_series(1, 100) n, lateral (select now() - n * interval '1 hour' as at) t`,
    );
    await client.query('analyze sessions, ended_sessions; set role recollect_app');
  });

  it.each(['sessions_page_forward', 'sessions_page_backward'])(
    'is read from the end of its index by %s, not sorted',
    async (name) => {
      const plan = await planOf(name);
      expect(plan.map((node) => node['Index Name'])).toContain('sessions_started_idx');
      expect(plan.map((node) => node['Node Type'])).not.toContain('Sort');
    },
  );

  it.each(ORDERS)('begins by %s in its index, whatever the filter', async (sort, index, key) => {
    for (const direction of ['asc', 'desc']) {
      for (const form of ['brief', 'excerpted']) {
        const plan = await planOf(`sessions_by_${sort}_${direction}_${form}`);
        const near = flat(plan.find((node) => node['Subplan Name'] === 'CTE near')!);
        const condition = near.find((node) => node['Index Name'] === index)?.['Index Cond'];
        expect(condition).toContain(`ROW(${key}, id) > ROW($2, $3)`);
        expect(condition).toContain(`ROW(${key}, id) < ROW($4, $5)`);
        expect(near.map((node) => node['Node Type'])).not.toContain('Sort');
      }
    }
  });

  const FIRST = '01930000-0000-7000-8000-000000000001';
  interface Asked {
    active?: boolean;
    pinned?: boolean;
  }
  /** Of a session_filter, in its order. */
  const filterOf = ({ active, pinned }: Asked) => {
    const [placed, worded] = [Array<null>(6).fill(null), Array<null>(5).fill(null)];
    return [active, ...placed, pinned, ...worded, false, active !== undefined || pinned !== undefined];
  };
  const page = (size: number, asked: Asked) => ({
    text: statements.get('sessions_by_started_desc_brief')!.text,
    values: [FIRST, '-infinity', NIL, 'infinity', MAX, size, 0, ...filterOf(asked)],
  });

  it.each<[string, number, Asked, boolean]>([
    ['is not searched when those near the beginning suffice', 2, {}, false],
    ['is searched when they do not, and there are more', 2, { pinned: true }, true],
    ['is not searched when there are no more', 21, { pinned: true }, false],
    ['is not searched for active ones', 2, { active: true }, false],
  ])('%s', async (_, size, asked, isSearched) => {
    const { text, values } = page(size, asked);
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `explain (analyze, format json) ${text}`,
      values,
    );
    const search = flat(rows[0]!['QUERY PLAN'][0].Plan).find(
      (node) => node['Function Name'] === 'ended_matches',
    );
    expect(search?.['Actual Loops']).toBe(isSearched ? 1 : 0);
  });

  it('is searched and counted for nothing that the filter does not ask', async () => {
    const plans: string[] = [];
    const logged = ({ message }: { message?: string }) => plans.push(message!);
    await client.query(`reset role; load 'auto_explain'`);
    await client.query(
      `set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
       set auto_explain.log_level = notice; set role recollect_app`,
    );
    client.on('notice', logged);
    await client.query(page(2, { pinned: true }));
    await client.query(statements.get('sessions_count')!.text, [FIRST, ...filterOf({ pinned: true })]);
    client.off('notice', logged);
    await client.query('reset role; set auto_explain.log_min_duration = -1; set role recollect_app');
    const inside = plans.filter((plan) => plan.includes('row(s.*, false)'));
    expect(inside).toHaveLength(2);
    for (const plan of inside) {
      expect(plan).toMatch(/Filter: .*pinned/);
      expect(plan).not.toMatch(/Filter: .*(IS NULL|tags|words)/);
    }
  });
});

it('what looks for background work judges the sessions that changed, and no others of their users', async () => {
  const owner = new pg.Client(url);
  await owner.connect();
  const userIds = Array.from({ length: 50 }, () => randomUUID());
  const seed = [
    `insert into users (id, email, password_hash) select u, u || '@example.org', 'none' from unnest($1::uuid[]) u`,
    'insert into revisions (user_id, value) select unnest($1::uuid[]), 540',
    `insert into sessions (user_id, id, type, started_at, period_started_at, last_activity_at, ended_at, end_reason,
       idle_timeout_seconds, token_limit, revision, created_at, updated_at)
     select u, gen_random_uuid(), 'TEXT_CHAT', now(), now(), now(), now(), 'EXPLICIT', 900, 4000, n, now(), now()
     from unnest($1::uuid[]) u, generate_series(1, 20) n`,
    `insert into changes (user_id, revision, kind, session_id, at)
     select user_id, (revision - 1) * 27 + k, 'SESSION_UPDATED', id, now()
     from sessions, generate_series(1, 27) k where user_id = any($1)`,
  ];
  for (const text of seed) await owner.query(text, [userIds]);
  await owner.query('analyze sessions, changes');
  await owner.query('set plan_cache_mode = force_generic_plan');
  await owner.query(
    'prepare judged as select from changed_sessions($1, $2) s where undescribed_to(s) is not null or is_heavy(s)',
  );
  const ids = `array[${userIds.map((id) => `'${id}'`).join()}]::uuid[]`;
  const { rows } = await owner.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (analyze, format json) execute judged(${ids}, array_fill(513::bigint, array[50]))`,
  );
  await owner.end();
  const read = flat(rows[0]!['QUERY PLAN'][0].Plan)
    .filter((node) => node['Relation Name'] === 'sessions')
    .reduce(
      (sum, n) => sum + (n['Actual Rows']! + (n['Rows Removed by Filter'] ?? 0)) * n['Actual Loops']!,
      0,
    );
  expect(read).toBe(50);
});
