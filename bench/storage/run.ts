/**
 * What a turn takes on disk, and what a page of 100 costs to read, as it is recorded and once it is old and compressed:
 *
 *   npm run build && node bench/storage/run.ts [conversations in the format of LoCoMo]
 */
import pg from 'pg';
import { startDatabase } from '../database.ts';
import { readConversations } from '../locomo/conversations.ts';

const TURNS = 5_000;
const PAGE = 100;
const READS = 60;
const USER = '00000000-0000-4000-8000-000000000001';
/** Bytes of turns in one value; the service takes 16 KiB, and 64 turns at the most. */
const SIZES = [8_192, 16_384, 32_768, 65_536];
const MOST_TURNS = 64;

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

const database = await startDatabase(new URL('../../', import.meta.url));
const client = new pg.Client(database.url);
await client.connect();
await client.query("insert into users (id, email, password_hash) values ($1, 'a@example.org', '')", [USER]);
await client.query('insert into revisions (user_id) values ($1)', [USER]);
await client.query(
  `insert into sessions (user_id, id, type, started_at, period_started_at, last_activity_at, idle_timeout_seconds,
     token_limit, revision)
   values ($1, $1, 'TEXT_CHAT', now(), now(), now(), 900, 4000, 1)`,
  [USER],
);

async function record(turns: Turn[]): Promise<void> {
  await client.query('truncate interactions, compressed_interactions cascade');
  for (let from = 0; from < TURNS; from += 500) {
    const page = turns.slice(from, from + 500).map((turn, index) => ({ n: from + index + 1, ...turn }));
    await client.query(
      `insert into interactions (user_id, id, session_id, sequence, revision, status, modality, question, answer, steps,
         context_used, metadata, occurred_at, completed_at, created_at)
       select $1, gen_random_uuid(), $1, t.n, t.n, 'COMPLETED', 'TEXT', t.question, t.answer, t.steps, t.context_used,
         t.metadata, now(), now(), now() - interval '31 days'
       from jsonb_to_recordset($2) t (
         n bigint, question text, answer text, steps jsonb, context_used jsonb, metadata jsonb)`,
      [USER, JSON.stringify(page)],
    );
  }
}

/** As compress_interactions() does, with another size. */
async function compress(bytes: number): Promise<void> {
  const { rows } = await client.query<{ sequence: number; size: number }>(
    `select sequence::integer, pg_column_size(question) + pg_column_size(answer) + pg_column_size(steps)
       + coalesce(pg_column_size(context_used), 0) + pg_column_size(metadata) as size
     from interactions order by sequence`,
  );
  let places: number[] = [];
  let size = 0;
  for (const row of rows) {
    places.push(row.sequence);
    size += row.size;
    if (size < bytes && places.length < MOST_TURNS) continue;
    await client.query('select compress_together($1, $2)', [USER, places]);
    places = [];
    size = 0;
  }
}

/** Bytes a turn, and microseconds a turn of a page. */
async function measure(): Promise<{ bytes: number; micros: number }> {
  await client.query('vacuum (full, analyze) interactions, compressed_interactions');
  const { rows } = await client.query(
    `select (pg_total_relation_size('interactions') + pg_total_relation_size('compressed_interactions'))::float8 as bytes`,
  );
  const times: number[] = [];
  for (let read = 0; read < READS; read++) {
    const values = [USER, Math.floor((TURNS / (READS + 2)) * read), PAGE];
    const start = performance.now();
    await client.query({
      name: 'page',
      text: `select sequence, question, answer, steps, context_used, metadata from whole_interactions
        where user_id = $1 and sequence > $2 order by sequence limit $3`,
      values,
    });
    times.push(((performance.now() - start) / PAGE) * 1000);
  }
  times.sort((one, other) => one - other);
  return { bytes: rows[0].bytes / TURNS, micros: times[READS / 2]! };
}

async function report(name: string): Promise<void> {
  const { bytes, micros } = await measure();
  console.log(`| ${name.padEnd(18)} | ${bytes.toFixed(0).padStart(5)} | ${micros.toFixed(0).padStart(4)} |`);
}

for (const [kind, turnOf] of Object.entries(KINDS)) {
  const turns = Array.from({ length: TURNS }, (_, n) => turnOf(n));
  const characters = turns.reduce((sum, turn) => sum + JSON.stringify(turn).length, 0) / TURNS;
  console.log(
    `\n${kind}: ${characters.toFixed(0)} bytes of JSON a turn\n| kept               | bytes | us   |`,
  );
  await record(turns);
  await report('as recorded');
  for (const size of SIZES) {
    await record(turns);
    await compress(size);
    await report(`by ${size / 1024} KiB`);
  }
}
await client.end();
await database.stop();
