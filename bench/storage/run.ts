/**
 * What a turn takes on disk, and what a page of 100 costs to read, in the ways PostgreSQL could keep old ones:
 *
 *   npm run build && node bench/storage/run.ts [conversations in the format of LoCoMo]
 *
 * DATABASE_URL names an empty database of a PostgreSQL that has lz4, which the embedded one has not.
 */
import { zstdCompressSync } from 'node:zlib';
import pg from 'pg';
import { startDatabase } from '../database.ts';
import { readConversations } from '../locomo/conversations.ts';

const TURNS = 5_000;
const PAGE = 100;
const READS = 60;
const USER = '00000000-0000-4000-8000-000000000001';
const SESSION = '00000000-0000-4000-8000-000000000002';
/** Turns in one value. */
const BLOCKS = [16, 64];
const COLUMNS = ['question', 'answer', 'steps', 'context_used', 'metadata'];

interface Turn {
  question: string;
  answer: string;
  steps: object[];
  context_used: object | null;
  metadata: object;
}

const file = process.argv[2] ?? '../shared/data/locomo-dev.json';
const said = readConversations(file).flatMap(({ turns }) => turns.map(({ text }) => text));
const text = (from: number, messages: number): string =>
  Array.from({ length: messages }, (_, n) => said[(from + n) % said.length]).join('\n\n');

/** What products of this kind store. */
const KINDS: Record<string, (n: number) => Turn> = {
  'chat between people': (n) => ({ ...plain, question: text(2 * n, 1), answer: text(2 * n + 1, 1) }),
  'answers of a model': (n) => ({ ...plain, question: text(13 * n, 1), answer: text(13 * n + 1, 12) }),
  'and tools and receipts': (n) => ({
    ...plain,
    question: text(50 * n, 1),
    answer: text(50 * n + 1, 12),
    steps: [{ id: USER, role: 'TOOL', toolName: 'search', content: text(50 * n + 13, 36), tokens: 1 }],
    context_used: {
      version: 1,
      recalled: Array.from({ length: 150 }, (_, i) => `${(n * 7 + i * 31) % 9999}qr${(i * 977) % 999}`).join(
        ' ',
      ),
    },
  }),
};
const plain: Turn = { question: '', answer: '', steps: [], context_used: null, metadata: { model: 'any' } };

const root = new URL('../../', import.meta.url);
const database = process.env.DATABASE_URL ? null : await startDatabase(root);
const url = process.env.DATABASE_URL ?? database!.url;
if (!database) await (await import(new URL('dist/src/database/migrator.js', root).href)).migrate(url);
const client = new pg.Client(url);
await client.connect();
const methods = (
  await client.query(
    "select unnest(enumvals) as name from pg_settings where name = 'default_toast_compression'",
  )
).rows.map(({ name }) => name as string);

const ROWS = `select $1::uuid, gen_random_uuid(), $2::uuid, t.n, t.n, 'COMPLETED', 'TEXT', t.question, t.answer, t.steps,
  null, null, t.context_used, t.metadata, 30, 300, 0, null, null, now(), now(), now(), null, null, null
  from jsonb_to_recordset($3) t (n bigint, question text, answer text, steps jsonb, context_used jsonb, metadata jsonb)`;

interface Figures {
  table: number;
  indexes: number;
  read: number;
}

/** Bytes a turn, and microseconds a turn of a page. */
async function figuresOf(tables: string[], page: string): Promise<Figures> {
  await client.query(`vacuum (full, analyze) ${tables.join(', ')}`);
  const sum = async (size: string) => {
    const { rows } = await client.query(
      `select sum(${size}(name::regclass))::float8 as bytes from unnest($1::text[]) name`,
      [tables],
    );
    return rows[0].bytes / TURNS;
  };
  const times: number[] = [];
  for (let read = 0; read < READS; read++) {
    const from = Math.floor((TURNS / READS) * read);
    const start = performance.now();
    const { rows } = await client.query({ text: page, values: [USER, from, PAGE] });
    times.push(((performance.now() - start) / rows.length) * 1000);
  }
  times.sort((one, other) => one - other);
  return {
    table: await sum('pg_table_size'),
    indexes: await sum('pg_indexes_size'),
    read: times[READS / 2]!,
  };
}

const pageOf = (table: string) =>
  `select sequence, ${COLUMNS.join(', ')} from ${table} where user_id = $1 and sequence > $2 order by sequence limit $3`;

async function rows(turns: Turn[], compression: string, target: number): Promise<Figures> {
  await client.query(`drop table if exists kept; create table kept (like interactions including all)
    with (toast_tuple_target = ${target}); set default_toast_compression = ${compression}`);
  for (let from = 0; from < TURNS; from += 500) {
    const page = turns.slice(from, from + 500).map((turn, index) => ({ n: from + index + 1, ...turn }));
    await client.query(`insert into kept ${ROWS}`, [USER, SESSION, JSON.stringify(page)]);
  }
  return figuresOf(['kept'], pageOf('kept'));
}

/** Rows as they are, each value compressed by itself: what a row of more than 2 KB goes through, for every row. */
async function squeezed(compression: string): Promise<Figures> {
  await client.query(`drop table if exists squeezed, press; set default_toast_compression = ${compression};
    create table squeezed (like interactions including all);
    create temp table press (pad text, id uuid, question text, answer text, steps jsonb, context_used jsonb, metadata jsonb)
      with (toast_tuple_target = 128);
    alter table press alter pad set storage plain, ${COLUMNS.map((name) => `alter ${name} set storage main`).join(', ')};
    insert into press select repeat('x', 2100), id, question, answer, steps, context_used, metadata from kept;
    insert into squeezed select * from kept;
    update squeezed k set ${COLUMNS.map((name) => `${name} = p.${name}`).join(', ')} from press p where p.id = k.id`);
  return figuresOf(['squeezed'], pageOf('squeezed'));
}

/** The texts of so many turns in one value; what is counted, ordered and referred to stays a row. */
async function blocks(size: number, compression: string): Promise<Figures> {
  await client.query(`drop table if exists stubs, blocks; set default_toast_compression = ${compression};
    create table stubs (like interactions including all);
    insert into stubs select * from kept;
    create table blocks (user_id uuid, first bigint, turns jsonb, primary key (user_id, first));
    insert into blocks
    select user_id, min(sequence), jsonb_object_agg(sequence, jsonb_build_object('question', question, 'answer', answer,
      'steps', steps, 'context_used', context_used, 'metadata', metadata))
    from kept group by user_id, (sequence - 1) / ${size};
    update stubs set question = null, answer = null, steps = '[]', context_used = null, metadata = '{}'`);
  return figuresOf(
    ['stubs', 'blocks'],
    `select s.sequence, t.value ->> 'question', t.value ->> 'answer', t.value -> 'steps', t.value -> 'context_used',
       t.value -> 'metadata'
     from blocks b cross join jsonb_each(b.turns) t
     join stubs s on s.user_id = $1 and s.sequence = t.key::bigint
     where b.user_id = $1 and b.first between $2 - ${size} and $2 + $3 and s.sequence > $2 and s.sequence <= $2 + $3
     order by s.sequence`,
  );
}

/** The least the texts could take: compressed by the service, which PostgreSQL then could not read. */
function least(turns: Turn[], size: number): number {
  let bytes = 0;
  for (let from = 0; from < TURNS; from += size)
    bytes += zstdCompressSync(JSON.stringify(turns.slice(from, from + size))).length;
  return bytes / TURNS;
}

const report = (name: string, { table, indexes, read }: Figures) =>
  console.log(
    `| ${name.padEnd(28)} | ${table.toFixed(0).padStart(6)} | ${indexes.toFixed(0).padStart(6)} | ${read.toFixed(1).padStart(6)} |`,
  );

for (const [kind, turnOf] of Object.entries(KINDS)) {
  const turns = Array.from({ length: TURNS }, (_, n) => turnOf(n));
  const characters = turns.reduce((sum, turn) => sum + JSON.stringify(turn).length, 0) / TURNS;
  console.log(`\n${kind}: ${characters.toFixed(0)} bytes of JSON a turn`);
  console.log('| kept as                      | table  | index  | us/read |');
  for (const method of methods) {
    report(`rows, ${method}`, await rows(turns, method, 2040));
    report(`rows, ${method}, toast target 256`, await rows(turns, method, 256));
    await rows(turns, method, 2040);
    report(`each value by itself, ${method}`, await squeezed(method));
    for (const size of BLOCKS) report(`blocks of ${size}, ${method}`, await blocks(size, method));
  }
  for (const size of BLOCKS) console.log(`texts alone, zstd by ${size}: ${least(turns, size).toFixed(0)}`);
}
await client.end();
await database?.stop();
