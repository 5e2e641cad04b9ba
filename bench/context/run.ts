import { parseArgs } from 'node:util';
import { quantile, register, run, startService } from '../locomo/service.ts';

const INTERACTIONS = 10_000;
const PER_CALL = 100;
const CONTEXTS = 400;
/** As flat as English is not: many rare words make more postings than people would. */
const VOCABULARY = 8000;

const RECORD = `mutation ($items: [RecordInteractionInput!]!) { recordInteractions(items: $items) { error { message } } }`;
const BUILD = `query ($input: BuildContextInput!) { buildContext(input: $input) { tokens systemPrompt messages { content } } }`;

let seed = 1;
/** The same history in every run. */
function random(): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
}
const SYLLABLES = ['ba', 'ko', 'ri', 'mel', 'tan', 'so', 'vi', 'dur', 'ne', 'pal'];
function word(): string {
  let rank = Math.floor(VOCABULARY * random() ** 3);
  let text = '';
  do text += SYLLABLES[rank % 10];
  while ((rank = Math.floor(rank / 10)) > 0);
  return text;
}
const words = (least: number, most: number): string =>
  Array.from({ length: least + Math.floor(random() * (most - least)) }, word).join(' ');

const { values } = parseArgs({ options: { budget: { type: 'string', default: '4000' } } });
const tokenBudget = Number(values.budget);
const service = await startService();
const token = await register(service.url);
const turn = () => ({ question: words(8, 33), answer: words(30, 170) });
for (let stored = 0; stored < INTERACTIONS; stored += PER_CALL) {
  const items = Array.from({ length: PER_CALL }, (_, index) => ({
    ...turn(),
    occurredAt: new Date(
      Date.UTC(2024, 0, 1) + (stored + index) * 600_000 + Math.floor((stored + index) / 20) * 36_000_000,
    ).toISOString(),
  }));
  await run(service.url, token, RECORD, { items });
}
const build = async (query: string): Promise<number> => {
  const start = performance.now();
  await run(service.url, token, BUILD, { input: { query, tokenBudget } });
  return performance.now() - start;
};
const first = await build(words(8, 9));
for (let warm = 0; warm < 50; warm++) await build(words(8, 9));
const built: number[] = [];
for (let count = 0; count < CONTEXTS; count++) built.push(await build(words(8, 9)));
const afterTurn: number[] = [];
for (let count = 0; count < CONTEXTS; count++) {
  await run(service.url, token, RECORD, { items: [turn()] });
  afterTurn.push(await build(words(8, 9)));
}
const cached: number[] = [];
const again = words(8, 9);
await build(again);
for (let count = 0; count < CONTEXTS; count++) cached.push(await build(again));
await service.stop();

const show = (values: number[]) =>
  `p50 ${quantile(values, 0.5).toFixed(1)} ms, p99 ${quantile(values, 0.99).toFixed(1)} ms`;
console.log(`buildContext of ${tokenBudget} tokens over HTTP, one caller, ${INTERACTIONS} interactions:
  the first, which waits for the blocks: ${first.toFixed(0)} ms
  built: ${show(built)}
  built after one more turn each: ${show(afterTurn)}
  cached: ${show(cached)}`);
