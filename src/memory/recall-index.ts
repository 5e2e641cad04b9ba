import type { Branch, Log } from './log.js';
import { findWord, PostingList, wordsFrom, type Span } from './postings.js';
import { fold, isOneEdit, isPrefix } from './words.js';

const SHORTEST_CORRECTED = 4;

/** Where a word is: the blocks that have it, by number. */
type Places = { block: number; list: Span }[];

/** A user's log, and where the terms of one question are in it: what ranking needs. */
export class RecallIndex {
  /** For each term of the question that is found. */
  readonly postings = new Map<string, PostingList>();
  /** What is found for a term: itself, a word at one edit, or the pairs that it begins. */
  readonly found = new Map<string, string[]>();
  /** By the number of a speaker in the log. */
  readonly speakers: readonly string[];

  constructor(
    public log: Log,
    terms: readonly string[],
    /** What the two sides are called where the client names nobody. */
    names: readonly [user: string, assistant: string],
  ) {
    this.speakers = log.speakers.map((speaker) => (typeof speaker === 'string' ? speaker : names[speaker]));
    for (const term of terms) if (!this.take(term)) this.takeSimilar(term);
  }

  /** Leaves what a session sees of its tree, as if there were nothing else. */
  seeFrom(sessionId: string, branches: readonly Branch[]): void {
    const { log, places } = this.log.seenFrom(sessionId, branches);
    this.log = log;
    for (const [term, list] of this.postings) {
      const seen = list.moved(places);
      if (seen.size > 0) this.postings.set(term, seen);
      else this.postings.delete(term);
    }
  }

  /** The numbers of the one speaker whom the words name; none when they name several. */
  speakersNamed(words: ReadonlySet<string>): number[] {
    const isNamed = (name: string): boolean =>
      fold(name)
        .split(' ')
        .some((part) => words.has(part));
    const [named, ...others] = new Set(this.speakers.filter(isNamed));
    if (named === undefined || others.length > 0) return [];
    return this.speakers.flatMap((name, number) => (name === named ? [number] : []));
  }

  /** The interactions up to `distance` before and after an utterance's own in its session. */
  sequencesAround(position: number, distance: number): number[] {
    const { size, session, sequence } = this.log;
    const collect = (step: 1 | -1): number[] => {
      const found = new Set<number>();
      for (let at = position + step; at >= 0 && at < size; at += step) {
        if (session[at] !== session[position] || sequence[at] === sequence[position]) continue;
        if (found.size === distance && !found.has(sequence[at]!)) break;
        found.add(sequence[at]!);
      }
      return [...found];
    };
    return distance === 0 ? [] : [...collect(-1).reverse(), ...collect(1)];
  }

  private take(term: string): boolean {
    const places: Places = [];
    for (const [block, { postings }] of this.log.blocks.entries()) {
      const list = findWord(postings, term);
      if (list) places.push({ block, list });
    }
    if (places.length === 0) return false;
    this.found.set(term, [term]);
    this.postings.set(term, this.read(places));
    return true;
  }

  /** What resembles a term that is not found: every pair that it begins, or the most frequent word at one edit. */
  private takeSimilar(term: string): void {
    const isBeginning = isPrefix(term);
    if (!isBeginning && term.length < SHORTEST_CORRECTED) return;
    const similar = new Map<string, Places>();
    const first = String.fromCodePoint(term.codePointAt(0)!);
    const lengths = isBeginning
      ? { least: 1, most: Infinity }
      : { least: term.length - 1, most: term.length + 1 };
    for (const [block, { postings }] of this.log.blocks.entries()) {
      for (const [word, list] of wordsFrom(postings, first, lengths)) {
        if (!isBeginning && !isOneEdit(term, word)) continue;
        if (!similar.has(word)) similar.set(word, []);
        similar.get(word)!.push({ block, list });
      }
    }
    if (similar.size === 0) return;
    const lists = [...similar].map(([word, places]) => [word, this.read(places)] as const);
    lists.sort(([, one], [, other]) => other.size - one.size);
    const taken = isBeginning ? lists : lists.slice(0, 1);
    this.found.set(
      term,
      taken.map(([word]) => word),
    );
    this.postings.set(term, PostingList.merged(taken.map(([, list]) => list)));
  }

  private read(places: Places): PostingList {
    const { blocks, starts } = this.log;
    const list = new PostingList(places.reduce((sum, { list: { start, end } }) => sum + end - start, 0));
    for (const { block, list: span } of places) list.append(blocks[block]!.postings, span, starts[block]!);
    return list;
  }
}
