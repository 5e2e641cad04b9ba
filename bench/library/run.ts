import { quantile, register, run, startService } from '../locomo/service.ts';

const SESSIONS = 10_000;
const PER_CALL = 25;
/** Filled side by side. */
const SCOPES = 8;
const ROUNDS = 30;
const WARM_UP = 5;
const DAY_MS = 86_400_000;
/** So that a year holds them all, with time to go idle in between. */
const GAP_MS = Math.floor((365 * DAY_MS) / SESSIONS);

const SUBJECTS = ['tea', 'Rome', 'the garden', 'taxes', 'music', 'a recipe', 'the doctor', 'football'];
const CHANNELS = ['web', 'telegram', 'discord'];
const SORTS = ['STARTED', 'LAST_ACTIVITY', 'DURATION', 'MESSAGES', 'TITLE'];

const first = Date.now() - 365 * DAY_MS;
const startOf = (n: number): number => first + n * GAP_MS;
const time = (at: number): string => new Date(at).toISOString();

function sessionOf(n: number): object {
  return {
    title: `About ${SUBJECTS[n % SUBJECTS.length]}, number ${n}`,
    tags: n % 3 === 0 ? ['work', `tag${n % 50}`] : [],
    pinned: n % 100 === 0,
    type: n % 7 === 0 ? 'VOICE_CALL' : 'TEXT_CHAT',
    channel: CHANNELS[n % CHANNELS.length],
    occurredAt: time(startOf(n)),
    scope: `scope ${n % SCOPES}`,
  };
}

/** One to four turns; every twentieth session has an error. */
function turnsOf(n: number, sessionId: string): object[] {
  return Array.from({ length: 1 + (n % 4) }, (_, turn) => ({
    sessionId,
    question: `What about ${SUBJECTS[(n + turn) % SUBJECTS.length]}? `.repeat(4),
    ...(n % 20 === 0
      ? { error: 'It did not work.' }
      : { answer: 'That is so, and here is why. '.repeat(10) }),
    occurredAt: time(startOf(n) + turn * 60_000 * (1 + (n % 5))),
  }));
}

const names = Array.from({ length: PER_CALL }, (_, index) => index);
const START = `mutation (${names.map((n) => `$s${n}: StartSessionInput!`).join(', ')}) {
  ${names.map((n) => `s${n}: startSession(input: $s${n}) { id }`).join(' ')} }`;
const RECORD = `mutation ($items: [RecordInteractionInput!]!) { recordInteractions(items: $items) { error { message } } }`;

/** The sessions of one scope, oldest first. */
async function fill(url: string, token: string, scope: number): Promise<void> {
  for (let from = scope; from < SESSIONS; from += PER_CALL * SCOPES) {
    const numbers = names.map((name) => from + name * SCOPES);
    const inputs = Object.fromEntries(names.map((name) => [`s${name}`, sessionOf(numbers[name]!)]));
    const started = await run(url, token, START, inputs);
    const items = names.flatMap((name) => turnsOf(numbers[name]!, started[`s${name}`].id));
    const { recordInteractions } = await run(url, token, RECORD, { items });
    const failed = recordInteractions.find(({ error }: any) => error);
    if (failed) throw new Error(failed.error.message);
  }
}

const FILTERS: Record<string, object> = {
  'no filter': {},
  active: { active: true },
  'type (1 of 7)': { type: 'VOICE_CALL' },
  'channel (1 of 3)': { channel: 'web' },
  'a tag (67 sessions)': { tagsAll: ['tag6'] },
  'pinned (1 %)': { pinned: true },
  'errors (5 %)': { hasErrors: true },
  'a month': { startedFrom: time(Date.now() - 90 * DAY_MS), startedBefore: time(Date.now() - 60 * DAY_MS) },
  'nothing, by tag, type and channel': { tagsAny: ['work'], type: 'TEXT_CHAT', channel: 'telegram' },
  'text (1 of 8)': { text: 'rome' },
  'text (11 sessions)': { text: 'number 777' },
};

const list = (fields: string): string => `query ($sort: SessionSortInput, $filter: SessionFilterInput) {
  sessions(first: 20, sort: $sort, filter: $filter) {
    edges { node { id title type startedAt lastActivityAt interactionCount ${fields} } } pageInfo { hasNextPage endCursor } } }`;
const LIST = list('');
const EXCERPTS = list('preview { role text } lastMessage { role text at }');
const PAGE = `query ($sort: SessionSortInput) { sessionPage(offset: 5000, limit: 100, sort: $sort) {
  sessions { id title type startedAt lastActivityAt interactionCount } totalCount } }`;

const service = await startService({
  BACKGROUND_SUMMARIES: 'false',
  BACKGROUND_TITLES: 'false',
  BACKGROUND_LEARNING: 'false',
});
const token = await register(service.url);
await Promise.all(Array.from({ length: SCOPES }, (_, scope) => fill(service.url, token, scope)));

async function p50(query: string, variables: object): Promise<string> {
  const measured: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const start = performance.now();
    await run(service.url, token, query, variables);
    if (round >= 0) measured.push(performance.now() - start);
  }
  return quantile(measured, 0.5).toFixed(1);
}

const rows: string[][] = [];
for (const [name, filter] of Object.entries(FILTERS)) {
  const row = [name];
  for (const by of SORTS) row.push(await p50(LIST, { sort: { by }, filter }));
  rows.push(row);
}
for (const [name, query] of Object.entries({
  'with first and last message': EXCERPTS,
  'offset 5,000, counted': PAGE,
})) {
  const row = [name];
  for (const by of SORTS) row.push(await p50(query, { sort: { by } }));
  rows.push(row);
}
const others = {
  sessionStats:
    '{ sessionStats { total { sessions messages minutes } byType { sessions } byChannel { sessions } } }',
  tags: '{ tags { tag sessions } }',
  'searchSessions(text: "doctor recipe")':
    '{ searchSessions(text: "doctor recipe") { session { id } hits { highlights { text } } } }',
};
const timed: string[] = [];
for (const [name, query] of Object.entries(others)) timed.push(`- \`${name}\`: ${await p50(query, {})} ms`);
await service.stop();

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
console.log(
  [
    line(['p50 in ms', ...SORTS]),
    line(['---', ...SORTS.map(() => '---')]),
    ...rows.map(line),
    '',
    ...timed,
  ].join('\n'),
);
