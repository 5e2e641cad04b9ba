import { INDEXED_CHARACTERS, tokensOf } from './words.js';

/** More in one utterance count as so many: a cap of 4 changed 4 % of the chosen turns, this one none. */
const MAX_COUNT = 16;

/** Words and how often each utterance has them: `add` takes utterances in their order. */
export class WordCounts {
  /** Of each word positions and counts in turn. */
  readonly lists = new Map<string, number[]>();

  /** Returns how many words the text has. */
  add(position: number, text: string): number {
    const tokens = tokensOf(text.slice(0, INDEXED_CHARACTERS));
    for (const { term } of tokens) {
      let list = this.lists.get(term);
      if (!list) this.lists.set(term, (list = []));
      if (list[list.length - 2] === position) list[list.length - 1]! += 1;
      else list.push(position, 1);
    }
    return tokens.length;
  }

  /** As one text: a line for each word, in their order: the word, a tab, its packed list. No word has a tab. */
  toString(): string {
    const byWord = [...this.lists].sort(([one], [other]) => (one < other ? -1 : 1));
    return byWord.map(([word, list]) => `${word}\t${pack(list)}\n`).join('');
  }
}

/** Where a packed list is in a text of postings. */
export interface Span {
  start: number;
  end: number;
}

/** The list of a word. */
export function findWord(postings: string, word: string): Span | undefined {
  const start = lineFrom(postings, word) + word.length;
  if (postings[start] !== '\t' || !postings.startsWith(word, start - word.length)) return undefined;
  return { start: start + 1, end: postings.indexOf('\n', start) };
}

/** The words of so many characters that begin so, with their lists. */
export function* wordsFrom(
  postings: string,
  beginning: string,
  { least, most }: { least: number; most: number },
): Generator<[word: string, list: Span]> {
  let line = lineFrom(postings, beginning);
  while (postings.startsWith(beginning, line)) {
    const tab = postings.indexOf('\t', line);
    const end = postings.indexOf('\n', tab);
    const length = tab - line;
    if (length >= least && length <= most) yield [postings.slice(line, tab), { start: tab + 1, end }];
    line = end + 1;
  }
}

/** The start of the first line whose word is not before the given one. */
function lineFrom(postings: string, word: string): number {
  let low = 0;
  let high = postings.length;
  while (low < high) {
    const start = postings.lastIndexOf('\n', ((low + high) >>> 1) - 1) + 1;
    const tab = postings.indexOf('\t', start);
    if (postings.slice(start, tab) < word) low = postings.indexOf('\n', tab) + 1;
    else high = start;
  }
  return low;
}

// Base 64 digits of five bits and "more follows", as source maps have them.
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Uint8Array(128);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;

function pack(list: readonly number[]): string {
  let packed = '';
  let previous = 0;
  for (let index = 0; index < list.length; index += 2) {
    let value = (list[index]! - previous) * MAX_COUNT + Math.min(MAX_COUNT, list[index + 1]!) - 1;
    previous = list[index]!;
    while (value > 31) {
      packed += DIGITS.charAt(32 | (value & 31));
      value >>>= 5;
    }
    packed += DIGITS.charAt(value);
  }
  return packed;
}

/** Positions in their order, and a count for each. */
export class PostingList {
  size = 0;
  readonly positions: Int32Array;
  readonly counts: Uint8Array;

  constructor(capacity: number) {
    this.positions = new Int32Array(capacity);
    this.counts = new Uint8Array(capacity);
  }

  /** Adds a packed list, which has no more entries than characters, its positions counted from `from`. */
  append(postings: string, { start, end }: Span, from: number): void {
    let position = from;
    for (let index = start; index < end;) {
      let value = 0;
      let shift = 0;
      let digit: number;
      do {
        digit = VALUES[postings.charCodeAt(index++)]!;
        value |= (digit & 31) << shift;
        shift += 5;
      } while (digit > 31);
      position += value >>> 4;
      this.positions[this.size] = position;
      this.counts[this.size++] = (value & 15) + 1;
    }
  }

  /** What is left when each position moves to its place, -1 for none. */
  moved(places: Int32Array): PostingList {
    const moved = new PostingList(this.size);
    for (let entry = 0; entry < this.size; entry++) {
      const place = places[this.positions[entry]!]!;
      if (place < 0) continue;
      moved.positions[moved.size] = place;
      moved.counts[moved.size++] = this.counts[entry]!;
    }
    return moved;
  }

  /** Of several lists one; the counts of a position that more than one has are added. */
  static merged(lists: readonly PostingList[]): PostingList {
    if (lists.length === 1) return lists[0]!;
    const counts = new Map<number, number>();
    for (const { size, positions, counts: ofList } of lists) {
      for (let entry = 0; entry < size; entry++) {
        counts.set(positions[entry]!, (counts.get(positions[entry]!) ?? 0) + ofList[entry]!);
      }
    }
    const merged = new PostingList(counts.size);
    for (const [position, count] of [...counts].sort(([one], [other]) => one - other)) {
      merged.positions[merged.size] = position;
      merged.counts[merged.size++] = Math.min(255, count);
    }
    return merged;
  }
}
