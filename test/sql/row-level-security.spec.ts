import '../../src/app.module.js';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { MAX, NIL } from 'uuid';
import { statements } from '../../src/database/statement.js';
import { createDatabase, dropDatabase } from '../support/database.js';

const DEFAULTS = JSON.stringify({ idleTimeoutSeconds: 900, tokenLimit: 4000 });
const PROTECTED = [
  'revisions',
  'sessions',
  'interactions',
  'message_ids',
  'changes',
  'recall_blocks',
  'export_tickets',
  'service_keys',
  'identities',
  'link_codes',
  'summaries',
  'embedding_progress',
  'token_usage',
  'facts',
  'fact_sources',
  'forgotten_facts',
  'learning_progress',
  'understanding_levels',
  'answers',
  'answer_pieces',
  'templates',
];

let url: string;
let client: pg.Client;
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
  await client.query('set role recollect_app');
  for (const userId of [ada, bob]) {
    const base = { userId, newSessionId: randomUUID(), scope: 'a' };
    const run = { id: randomUUID(), runId: randomUUID(), leaseSeconds: 9 };
    const commands = [
      { ...base, kind: 'recordInteraction', id: randomUUID(), question: 'q' },
      {
        ...base,
        kind: 'addMessage',
        id: randomUUID(),
        answer: 'a',
        messageId: randomUUID(),
        messageFingerprint: '00',
      },
      {
        userId,
        kind: 'recordUsage',
        id: randomUUID(),
        usageKind: 'CHAT',
        model: 'm',
        promptTokens: 1,
        answerTokens: 1,
      },
      { ...base, kind: 'sendMessage', ...run, question: 'q' },
      { userId, kind: 'extendAnswer', ...run, start: 0, text: 'a' },
    ];
    const outcomes = await rows('select * from apply_commands($1, $2, false, $3)', [
      JSON.stringify(commands),
      DEFAULTS,
      '1s',
    ]);
    expect(outcomes.map(({ error_code }) => error_code)).toEqual([null, null, null, null, null]);
    const { session_id: sessionId, sequence } = (
      await rows('select session_id, sequence from interactions where user_id = (select as_user($1))', [
        userId,
      ])
    )[0];
    const range = { fromSequence: sequence, toSequence: sequence, count: 1, newest: sequence };
    const summary = {
      userId,
      kind: 'storeSummary',
      sessionId,
      id: randomUUID(),
      level: 1,
      text: 's',
      tokens: 1,
    };
    const [stored] = await rows('select * from apply_commands($1, $2, false, $3)', [
      JSON.stringify([{ ...summary, ...range, producedBy: 'extractive' }]),
      DEFAULTS,
      '1s',
    ]);
    expect(stored.error_code).toBe(null);
    const [{ id: interactionId }] = await rows(
      'select id from interactions where user_id = (select as_user($1)) and sequence = $2',
      [userId, sequence],
    );
    const fact = { category: 'TRAIT', text: 'Is kind', key: 'kind', digests: ['00'], certainty: 0.5 };
    const gone = { ...fact, id: randomUUID(), key: 'gone', digests: ['01'] };
    const known = await rows('select * from apply_commands($1, $2, false, $3)', [
      JSON.stringify([
        { userId, kind: 'endSession', sessionId },
        {
          userId,
          kind: 'learnFacts',
          from: 0,
          to: sequence,
          checkedAt: 1,
          facts: [{ ...fact, id: randomUUID(), interactionId, producedBy: 'patterns' }],
        },
        { userId, kind: 'addFact', ...gone, pinned: false },
        { userId, kind: 'forgetFact', forgotten: [gone] },
        { userId, kind: 'createTemplate', id: randomUUID(), name: 'any', most: 1 },
      ]),
      DEFAULTS,
      '1s',
    ]);
    expect(known.map(({ error_code }) => error_code)).toEqual([null, null, null, null, null]);
    const [{ sealed }] = await rows(
      `select seal_recall_block($1, 1, 9, count(*), max(revision), '', '{}', '{}') as sealed from interactions
       where user_id = (select as_user($1))`,
      [userId],
    );
    expect(sealed).toBe(true);
    await rows(
      `insert into export_tickets values ((select as_user($1)), sha256($2::text::bytea), '{}', now() + interval '1 day')`,
      [userId, userId],
    );
    await rows(
      `insert into embedding_progress (user_id, model, revision) select $1, 'any', 1 where as_user($1) is not null`,
      [userId],
    );
    const other = userId === ada ? bob : ada;
    for (const [table, columns, values] of [
      ['service_keys', 'id, name, key_hash, scopes, rate_per_minute', `$2, '', $3::text::bytea, '{READ}', 1`],
      ['identities', 'id, application_id, channel, external_id', `$2, $3, 'telegram', '1'`],
      ['link_codes', 'code_hash, expires_at', `($2 || $3)::bytea, now()`],
    ] as const) {
      await rows(`insert into ${table} (user_id, ${columns}) select as_user($1), ${values}`, [
        userId,
        randomUUID(),
        other,
      ]);
    }
  }
});
afterAll(async () => {
  await client.end();
  await dropDatabase(url);
});

describe('the second wall', () => {
  it.each(PROTECTED)('shows nothing of %s to a statement that names no user', async (table) => {
    expect(await rows(`select * from ${table}`)).toEqual([]);
    expect((await client.query(`delete from ${table}`)).rowCount).toBe(0);
    await expect(
      client.query(`insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [
        { user_id: ada, id: randomUUID(), value: 1, revision: 1 },
      ]),
    ).rejects.toThrow(/row-level security/);
  });

  it.each(PROTECTED)('shows of %s only the rows of the user that the statement names', async (table) => {
    const mine = await rows(`select user_id from ${table} where user_id = (select as_user($1))`, [ada]);
    expect(new Set(mine.map(({ user_id }) => user_id))).toEqual(new Set([ada]));
    const both = await rows(
      `select user_id from ${table} t where (select as_user($1)) is not null and t.user_id is not null`,
      [ada],
    );
    expect(both.filter(({ user_id }) => user_id !== ada)).toEqual([]);
    const other = await rows(
      `select user_id from ${table} where user_id = $2 and (select as_user($1)) is not null`,
      [ada, bob],
    );
    expect(other).toEqual([]);
  });

  it('is closed again after each statement', async () => {
    await rows('select 1 from sessions where user_id = (select as_user($1))', [ada]);
    expect(await rows('select * from sessions')).toEqual([]);
  });

  it('covers every table that has a user', async () => {
    const tables = await rows(`
      select c.relname as name, c.relrowsecurity as walled from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id' and c.relkind = 'r'
      where c.relnamespace = 'public'::regnamespace order by 1`);
    const open = tables.filter(({ walled }) => !walled).map(({ name }) => name);
    // Looked up by the token's hash, before it is known whose it is.
    expect(open).toEqual(['refresh_tokens']);
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
