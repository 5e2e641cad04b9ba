import { cpus } from 'node:os';
import { build } from '../../scripts/build.js';
import { readConversations, type Turn } from '../locomo/conversations.ts';
import { quantile } from '../locomo/service.ts';

const MESSAGES = 50;
const STEP = 10;
const TOKENS = 500;

const [file] = process.argv.slice(2);
if (!file) throw new Error('Usage: npm run bench:summaries -- <conversations.json>');
build();
const source = '../../dist/src';
const { ExtractiveSummarizer } = await import(`${source}/summaries/extractive-summarizer.js`);
const { wordsOf, termOf } = await import(`${source}/common/sentences.js`);
const { isCommon } = await import(`${source}/common/common-words.js`);

const tellingTerms = (text: string): Set<string> =>
  new Set(
    wordsOf(text)
      .map(termOf)
      .filter((term: string) => term.length > 1 && !isCommon(term)),
  );

/** Of the telling words of turns that answer a question, the share that is in the summary of 50 messages around them. */
function kept(window: readonly Turn[], evidence: readonly number[], summary: string): number {
  const found = tellingTerms(summary);
  const asked = evidence.flatMap((at) => [...tellingTerms(window[at]!.text)]);
  return asked.length === 0 ? 1 : asked.filter((term) => found.has(term)).length / asked.length;
}

const summarizer = new ExtractiveSummarizer();
const times: number[] = [];
const shares: number[] = [];
for (const { turns, questions } of readConversations(file)) {
  for (let start = 0; start + MESSAGES <= turns.length; start += STEP) {
    const window = turns.slice(start, start + MESSAGES);
    const began = performance.now();
    const { text } = await summarizer.summarize(window, TOKENS);
    times.push(performance.now() - began);
    for (const { evidence } of questions) {
      const places = evidence.map((at) => at - start);
      if (places.every((at) => at >= 0 && at < MESSAGES)) shares.push(kept(window, places, text));
    }
  }
}

const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
console.log(
  `${times.length} summaries of ${MESSAGES} messages in at most ${TOKENS} tokens, Node ${process.versions.node}, ${cpus()[0]!.model}`,
);
console.log(
  `time: first ${times[0]!.toFixed(0)} ms, p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, ` +
    `longest ${Math.max(...times).toFixed(1)} ms`,
);
console.log(`telling words of evidence kept: ${(mean * 100).toFixed(1)} % (${shares.length} questions)`);
