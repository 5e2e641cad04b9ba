import { setImmediate } from 'node:timers/promises';
import { sentencesOf, termOf, wordsOf } from '../common/sentences.js';
import { countTokens } from '../common/tokens.js';
import { isCommon } from '../common/common-words.js';
import { moodOf } from './mood.js';
import { within } from './shortening.js';
import type { Digest, Summarizer, Utterance } from './summarizer.js';

interface Sentence {
  text: string;
  /** Who says it, as a summary puts it; empty when the sentence of an earlier summary does not tell. */
  label: string;
  terms: ReadonlySet<string>;
  tokens: number;
  /** What it is worth beside the words in it. */
  bonus: number;
}

const MAX_SENTENCES = 600;
const MAX_TOPICS = 5;
/** Terms in more of the sentences are what all of it is about. */
const COMMON_SHARE = 0.2;
const COMMON_WEIGHT = 0.1;
/** What a word that the summary already says is still worth. */
const REPEATED = 0.05;
/** Tokens of a label and the line break before it. */
const LABEL_TOKENS = 4;
/** A name, a number or a date: what a summary must not lose. */
const FACT = /\p{N}|(?<=\S\s)\p{Lu}\p{Ll}+/u;
const LABEL = /^(?:User asked|User said|Assistant answered|Tool returned|System noted)(?=: )/;

/**
 * A summary made of the conversation's own sentences, without any model: those are taken that cover most of the words
 * that matter, each word counted once, for the tokens they cost. Long words weigh more, which are the rare ones where
 * there is an alphabet; how often a word is used weighs nothing. bench/SUMMARIES.md says what each part is worth.
 */
export class ExtractiveSummarizer implements Summarizer {
  readonly name = 'extractive';

  async summarize(utterances: readonly Utterance[], maxTokens: number): Promise<Digest> {
    const sentences = await readSentences(utterances);
    const counts = countTerms(sentences);
    const coverage = new Coverage(sentences, weigh(counts, sentences.length));
    coverage.fill(maxTokens);
    // Sentences of one speaker share a label in the end, which leaves some room.
    coverage.fill(maxTokens - (await countTokens(tell(coverage.chosen()).join('\n'))));
    const said = utterances.filter(({ role }) => role === 'USER').flatMap(({ text }) => sentencesOf(text));
    return {
      text: await within(tell(coverage.chosen()).join('\n'), maxTokens),
      topics: topicsOf(counts, sentences),
      mood: moodOf(said),
      promptHash: null,
      spent: null,
    };
  }
}

async function readSentences(utterances: readonly Utterance[]): Promise<Sentence[]> {
  const sentences: Sentence[] = [];
  const most = Math.ceil(MAX_SENTENCES / Math.max(1, utterances.length));
  for (const { role, text } of utterances) {
    await setImmediate(); // nobody waits for this, and others for their turn
    const lines = role === 'SUMMARY' ? text.split('\n') : [text];
    for (const line of lines) {
      const label = role === 'SUMMARY' ? (LABEL.exec(line)?.[0] ?? '') : null;
      const said = sentencesOf(label ? line.slice(label.length + 2) : line);
      for (const [index, sentence] of said.slice(0, role === 'SUMMARY' ? MAX_SENTENCES : most).entries()) {
        sentences.push({
          text: sentence,
          label: label ?? labelOf(role, sentence),
          terms: new Set(wordsOf(sentence).map(termOf).filter(isTelling)),
          tokens: await countTokens(sentence),
          bonus: (index === 0 ? 1.2 : 1) * weightOf(role) * (FACT.test(sentence) ? 1.4 : 1),
        });
      }
    }
  }
  return sentences;
}

function weightOf(role: Utterance['role']): number {
  if (role === 'USER' || role === 'SUMMARY') return 1.1;
  return role === 'ASSISTANT' ? 1 : 0.5;
}

function labelOf(role: Utterance['role'], text: string): string {
  if (role === 'USER') return /[?？؟]\s*$/u.test(text) ? 'User asked' : 'User said';
  return role === 'ASSISTANT' ? 'Assistant answered' : role === 'TOOL' ? 'Tool returned' : 'System noted';
}

/** A letter alone says nothing, a sign of a script without letters does. */
const isTelling = (term: string): boolean =>
  !isCommon(term) && (term.length > 1 || /[\p{Script=Han}\p{N}]/u.test(term));

/** In how many sentences each term is. */
function countTerms(sentences: readonly Sentence[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { terms } of sentences) for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

function weigh(counts: ReadonlyMap<string, number>, sentences: number): Map<string, number> {
  const common = Math.max(4, sentences * COMMON_SHARE);
  return new Map(
    [...counts].map(([term, count]) => [
      term,
      count > common ? COMMON_WEIGHT : Math.sqrt(Math.min(10, term.length)),
    ]),
  );
}

/** The longer words that are used most. */
function topicsOf(counts: ReadonlyMap<string, number>, sentences: readonly Sentence[]): string[] {
  return [...counts]
    .filter(([term]) => (term.length > 3 || /\p{Script=Han}{2}/u.test(term)) && !/^\p{N}+$/u.test(term))
    .sort(([a, x], [b, y]) => y - x || b.length - a.length || (a < b ? -1 : 1))
    .slice(0, MAX_TOPICS)
    .map(([term]) => asWritten(term, sentences));
}

/** A term as it is spelt within a sentence, where only names begin with a capital; else as it is first. */
function asWritten(term: string, sentences: readonly Sentence[]): string {
  const spellings = sentences
    .filter(({ terms }) => terms.has(term))
    .map(({ text }) => wordsOf(text))
    .map((words) => ({ words, at: words.findLastIndex((word) => termOf(word) === term) }));
  const { words, at } = spellings.find((spelling) => spelling.at > 0) ?? spellings[0]!;
  return words[at]!;
}

/** Sentences that cover most for their tokens. */
class Coverage {
  private readonly covered = new Set<string>();
  private readonly left: Set<number>;
  private readonly taken = new Set<number>();

  constructor(
    private readonly sentences: readonly Sentence[],
    private readonly weights: ReadonlyMap<string, number>,
  ) {
    this.left = new Set(sentences.keys());
  }

  /** Greedily: the next sentence is always the one that adds most for its tokens. */
  fill(maxTokens: number): void {
    for (let room = maxTokens; ;) {
      let best: number | undefined;
      let most = 0;
      for (const index of this.left) {
        const worth = this.cost(index) <= room ? this.value(index) : 0;
        if (worth > most) [best, most] = [index, worth];
      }
      if (best === undefined) return;
      room -= this.cost(best);
      this.left.delete(best);
      this.taken.add(best);
      for (const term of this.sentences[best]!.terms) this.covered.add(term);
    }
  }

  /** In the order of the conversation; something, whatever there was room for. */
  chosen(): Sentence[] {
    if (this.taken.size > 0) return this.sentences.filter((_, index) => this.taken.has(index));
    return this.sentences
      .filter(({ terms }) => terms.size > 0)
      .concat(this.sentences)
      .slice(0, 1);
  }

  private cost(index: number): number {
    const { tokens, label } = this.sentences[index]!;
    const isSaid = [index - 1, index + 1].some(
      (near) => this.taken.has(near) && this.sentences[near]!.label === label,
    );
    return tokens + (isSaid || label === '' ? 1 : LABEL_TOKENS);
  }

  private value(index: number): number {
    const { terms, bonus } = this.sentences[index]!;
    let sum = 0;
    for (const term of terms) sum += this.weights.get(term)! * (this.covered.has(term) ? REPEATED : 1);
    // The root favours short sentences without taking only the shortest.
    return (sum * bonus) / Math.sqrt(this.cost(index));
  }
}

/** One line for each turn to speak, in order. */
function tell(chosen: readonly Sentence[]): string[] {
  const lines: string[] = [];
  let last: string | undefined;
  for (const { text, label } of chosen) {
    if (label !== '' && label === last) lines.push(`${lines.pop()} ${text}`);
    else lines.push(label === '' ? text : `${label}: ${text}`);
    last = label;
  }
  return lines;
}
