import { countTokens } from '../common/tokens.js';
import { moodOf } from './mood.js';
import { clipped, sentencesOf, termOf, wordsOf } from '../common/sentences.js';
import type { Digest, Summarizer, Utterance } from './summarizer.js';

interface Sentence {
  text: string;
  utterance: number;
  role: Utterance['role'];
  terms: ReadonlySet<string>;
  tokens: number;
  /** What it is worth beside the words in it. */
  bonus: number;
}

/** Words that say little in the languages most talked; in all others, words in many sentences are left out alike. */
const STOP_WORDS = new Set(
  (
    'a about after all also am an and any are as at be because been but by can could did do does for from get had has ' +
    'have he her here him his how i if in into is it its just like ll m me more my no not now of on or our out re s ' +
    'she so some t than that the their them then there they thi this to up us ve was we were what when where which ' +
    'who will with would you your der die das und ist nicht ich sie wir mit auf für ein eine zu den von que de la el ' +
    'en los las un una por con para es le les des et est une dans pour pas qui sur il elle nous vous je'
  ).split(' '),
);
const COMMON_SHARE = 0.2;
const MAX_SENTENCES = 600;
const MAX_TOPICS = 5;
/** Tokens that the words before a speaker's sentences take at the most. */
const LABEL_TOKENS = 5;
/** What a word that the summary already says is still worth. */
const REPEATED = 0.15;
/** A name, a number or a date: what a summary must not lose. */
const FACT = /\p{N}|(?<=\S\s)\p{Lu}\p{Ll}+/u;

/**
 * A summary made of the conversation's own sentences, without any model: those are taken that cover most of the words
 * that matter, each word counted once, for the tokens they cost; a question weighs more than what was answered at length.
 */
export class ExtractiveSummarizer implements Summarizer {
  readonly name = 'extractive';

  async summarize(utterances: readonly Utterance[], maxTokens: number): Promise<Digest> {
    const sentences = await readSentences(utterances);
    const { weights, topics } = weigh(sentences);
    const chosen = choose(sentences, weights, maxTokens);
    return {
      text: await within(tell(chosen), maxTokens),
      topics,
      mood: moodOf(sentences.filter(({ role }) => role === 'USER').map(({ text }) => text)),
      promptHash: null,
    };
  }
}

async function readSentences(utterances: readonly Utterance[]): Promise<Sentence[]> {
  const sentences: Sentence[] = [];
  for (const [utterance, { role, text }] of utterances.entries()) {
    for (const [index, sentence] of sentencesOf(text).entries()) {
      if (sentences.length === MAX_SENTENCES) return sentences;
      const terms = new Set(wordsOf(sentence).map(termOf).filter(isTelling));
      const lead = index === 0 ? 1.4 : 1;
      const speaker = role === 'USER' || role === 'SUMMARY' ? 1.3 : role === 'ASSISTANT' ? 1 : 0.5;
      const bonus = lead * speaker * (FACT.test(sentence) ? 1.2 : 1);
      sentences.push({ text: sentence, utterance, role, terms, tokens: await countTokens(sentence), bonus });
    }
  }
  return sentences;
}

/** A letter alone says nothing, a sign of a script without letters does. */
const isTelling = (term: string): boolean =>
  !STOP_WORDS.has(term) && (term.length > 1 || /[\p{Script=Han}\p{N}]/u.test(term));

/** The weight of each term, by how often it is used but not everywhere, and the words that weigh most. */
function weigh(sentences: readonly Sentence[]): { weights: Map<string, number>; topics: string[] } {
  const counts = new Map<string, number>();
  for (const { terms } of sentences) for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  const weights = new Map<string, number>();
  const common = Math.max(4, sentences.length * COMMON_SHARE);
  for (const [term, count] of counts) {
    weights.set(term, count > common ? 0.1 : Math.log2(1 + count));
  }
  const topics = [...weights]
    .filter(([term]) => term.length > 3 || /\p{Script=Han}{2}/u.test(term))
    .filter(([term]) => !/^\p{N}+$/u.test(term))
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, MAX_TOPICS)
    .map(([term]) => asWritten(term, sentences));
  return { weights, topics };
}

/** A term in the spelling of its first use. */
function asWritten(term: string, sentences: readonly Sentence[]): string {
  const sentence = sentences.find(({ terms }) => terms.has(term))!;
  return wordsOf(sentence.text).find((word) => termOf(word) === term)!;
}

/** Greedy coverage: the next sentence is always the one that adds most for its tokens. */
function choose(
  sentences: readonly Sentence[],
  weights: ReadonlyMap<string, number>,
  maxTokens: number,
): Sentence[] {
  const covered = new Set<string>();
  const spoken = new Set<number>();
  const left = new Set(sentences);
  const chosen: Sentence[] = [];
  let room = maxTokens;
  const cost = ({ tokens, utterance }: Sentence): number =>
    tokens + 1 + (spoken.has(utterance) ? 0 : LABEL_TOKENS);
  const gain = (sentence: Sentence): number => {
    let sum = 0;
    for (const term of sentence.terms) sum += weights.get(term)! * (covered.has(term) ? REPEATED : 1);
    // The root favours short sentences without taking only the shortest.
    return (sum * sentence.bonus) / Math.sqrt(cost(sentence));
  };
  for (;;) {
    let best: Sentence | undefined;
    let most = 0;
    for (const sentence of left) {
      if (cost(sentence) > room) {
        left.delete(sentence); // it will not get shorter than by its label
        continue;
      }
      const value = gain(sentence);
      if (value > most) [best, most] = [sentence, value];
    }
    if (!best) break;
    room -= cost(best);
    left.delete(best);
    chosen.push(best);
    spoken.add(best.utterance);
    for (const term of best.terms) covered.add(term);
  }
  const fallback = sentences.find(({ terms }) => terms.size > 0) ?? sentences[0];
  if (chosen.length === 0 && fallback) return [fallback];
  const order = new Map(sentences.map((sentence, index) => [sentence, index]));
  return chosen.sort((a, b) => order.get(a)! - order.get(b)!);
}

/** One line for each who speaks, in order. The lines of a summary already say who. */
function tell(chosen: readonly Sentence[]): string[] {
  const lines: string[] = [];
  let last = -1;
  for (const { text, role, utterance } of chosen) {
    if (role === 'SUMMARY') lines.push(text);
    else if (utterance === last) lines.push(`${lines.pop()} ${text}`);
    else lines.push(`${speaker(role, text)}: ${text}`);
    last = utterance;
  }
  return lines;
}

function speaker(role: Utterance['role'], text: string): string {
  if (role === 'USER') return /[?？؟]\s*$/u.test(text) ? 'User asked' : 'User said';
  return role === 'ASSISTANT' ? 'Assistant answered' : role === 'TOOL' ? 'Tool returned' : 'System noted';
}

/** The lines that fit; tokens of a whole may differ from the sum of its parts, so it is counted. */
export async function within(lines: readonly string[], maxTokens: number): Promise<string> {
  const kept = [...lines];
  while (kept.length > 1 && (await countTokens(kept.join('\n'))) > maxTokens) kept.pop();
  let text = kept.join('\n');
  while ((await countTokens(text)) > maxTokens && text.length > 1) {
    text = clipped(text, Math.floor(text.length * 0.8));
  }
  return text;
}
