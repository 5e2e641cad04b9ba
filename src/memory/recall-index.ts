import {
  DOC_BYTES,
  PostingLists,
  readDoc,
  unpackList,
  utterancesOf,
  type BlockLegend,
  type LoggedTurn,
} from './block.js';
import { fold, isOneEdit, isPrefix } from './words.js';

/** A block as a question reads it: `lists` are the postings of the question's terms, in their order. */
export interface ReadBlock {
  fromSequence: number;
  toSequence: number;
  docs: Buffer | null;
  legend: BlockLegend | null;
  lists: (string | null)[] | null;
}

/** What a session does not see of another of its tree: the turns after a place in the log. */
export interface Branch {
  id: string;
  upTo: number;
}

/** A term of a block that resembles a term of the question. */
export interface SimilarTerm {
  term: string;
  similar: string;
  fromSequence: number;
  list: string;
}

const SHORTEST_CORRECTED = 4;

/**
 * All utterances of a user by position, which is the order of the log, and where the terms of one question are in them:
 * what ranking needs.
 */
export class RecallIndex {
  size = 0;
  readonly sequence: Float64Array;
  readonly side: Uint8Array;
  readonly session: Int32Array;
  readonly speaker: Int32Array;
  readonly at: Float64Array;
  readonly length: Float32Array;
  readonly tokens: Float64Array;
  /** By the number in `session`. */
  readonly sessionIds: string[] = [];
  /** By the number in `speaker`. */
  readonly speakers: string[] = [];
  /** For each term of the question that is found: positions and counts in turn. */
  readonly postings = new Map<string, number[]>();
  /** What is found for a term: itself, a word at one edit, or the pairs that it begins. */
  readonly found = new Map<string, string[]>();

  private readonly sessionNumbers = new Map<string, number>();
  private readonly speakerNumbers = new Map<string, number>();
  private readonly blockStarts = new Map<number, number>();
  /** What was read as text, by position. */
  private readonly texts: [position: number, text: string][] = [];
  private readonly inTexts: PostingLists;

  constructor(
    private readonly terms: readonly string[],
    /** What the two sides are called where the client names nobody. */
    private readonly names: readonly [user: string, assistant: string],
    capacity: number,
  ) {
    this.inTexts = new PostingLists(new Set(terms));
    this.sequence = new Float64Array(capacity);
    this.side = new Uint8Array(capacity);
    this.session = new Int32Array(capacity);
    this.speaker = new Int32Array(capacity);
    this.at = new Float64Array(capacity);
    this.length = new Float32Array(capacity);
    this.tokens = new Float64Array(capacity);
  }

  /** Of blocks and of the turns that no block tells of, each in the order of the log. */
  static of(
    terms: readonly string[],
    names: readonly [user: string, assistant: string],
    blocks: readonly ReadBlock[],
    turns: readonly LoggedTurn[],
  ): RecallIndex {
    const inBlocks = blocks.reduce((sum, { docs }) => sum + (docs?.length ?? 0) / DOC_BYTES, 0);
    const index = new RecallIndex(terms, names, inBlocks + turns.length * 2);
    let next = 0;
    for (const block of blocks) {
      for (; next < turns.length && turns[next]!.sequence < block.fromSequence; next++)
        index.addTurn(turns[next]!);
      index.addBlock(block);
    }
    for (; next < turns.length; next++) index.addTurn(turns[next]!);
    index.takeTerms();
    return index;
  }

  /** The terms that nothing is found for and that a typo or a longer run may explain. */
  unknownTerms(): string[] {
    return this.terms.filter(
      (term) => !this.postings.has(term) && (term.length >= SHORTEST_CORRECTED || isPrefix(term)),
    );
  }

  /** Finds unknown terms by what resembles them; of corrections the most frequent word is taken. */
  addSimilar(candidates: readonly SimilarTerm[]): void {
    const all = new PostingLists();
    for (const [position, text] of this.texts) all.add(position, text);
    for (const term of this.unknownTerms()) {
      const lists = new Map<string, number[]>();
      const resembles = (other: string) => (isPrefix(term) ? other.startsWith(term) : isOneEdit(term, other));
      for (const { similar, fromSequence, list } of candidates.filter((one) => one.term === term)) {
        if (!resembles(similar)) continue;
        if (!lists.has(similar)) lists.set(similar, []);
        unpackList(list, this.blockStarts.get(fromSequence)!, lists.get(similar)!);
      }
      for (const [other, list] of all.lists) {
        if (other[0] === term[0] && resembles(other)) lists.set(other, merged(lists.get(other) ?? [], list));
      }
      this.take(term, lists);
    }
  }

  /**
   * Leaves what a session sees of its tree, as if there were nothing else, and takes what it shares for its own: its
   * history is then one session here.
   */
  seeFrom(sessionId: string, branches: readonly Branch[]): void {
    const own = this.sessionNumber(sessionId);
    const ends = new Map(branches.map(({ id, upTo }) => [this.sessionNumbers.get(id), upTo]));
    const columns = [this.sequence, this.side, this.session, this.speaker, this.at, this.length, this.tokens];
    const places = new Int32Array(this.size).fill(-1);
    let kept = 0;
    for (let position = 0; position < this.size; position++) {
      const end = ends.get(this.session[position]);
      if (end !== undefined && this.sequence[position]! > end) continue;
      if (end !== undefined) this.session[position] = own;
      for (const column of columns) column[kept] = column[position]!;
      places[position] = kept++;
    }
    this.size = kept;
    for (const [term, list] of this.postings) {
      const seen: number[] = [];
      for (let entry = 0; entry < list.length; entry += 2) {
        const place = places[list[entry]!]!;
        if (place >= 0) seen.push(place, list[entry + 1]!);
      }
      if (seen.length > 0) this.postings.set(term, seen);
      else this.postings.delete(term);
    }
  }

  /** The numbers of the speakers that the words name. */
  speakersNamed(words: ReadonlySet<string>): number[] {
    return this.speakers.flatMap((name, number) =>
      fold(name)
        .split(' ')
        .some((part) => words.has(part))
        ? [number]
        : [],
    );
  }

  /** The interactions up to `distance` before and after an utterance's own in its session. */
  sequencesAround(position: number, distance: number): number[] {
    const collect = (step: 1 | -1): number[] => {
      const found = new Set<number>();
      for (let at = position + step; at >= 0 && at < this.size; at += step) {
        if (this.session[at] !== this.session[position] || this.sequence[at] === this.sequence[position])
          continue;
        if (found.size === distance && !found.has(this.sequence[at]!)) break;
        found.add(this.sequence[at]!);
      }
      return [...found];
    };
    return distance === 0 ? [] : [...collect(-1).reverse(), ...collect(1)];
  }

  private take(term: string, lists: ReadonlyMap<string, number[]>): void {
    if (lists.size === 0) return;
    const byLength = [...lists].sort(([, one], [, other]) => other.length - one.length);
    const taken = isPrefix(term) ? byLength : byLength.slice(0, 1);
    this.found.set(
      term,
      taken.map(([other]) => other),
    );
    this.postings.set(
      term,
      taken.map(([, list]) => list).reduce((all, list) => merged(all, list)),
    );
  }

  private addBlock({ fromSequence, docs, legend, lists }: ReadBlock): void {
    if (!docs || !legend) return;
    const start = this.size;
    this.blockStarts.set(fromSequence, start);
    let nextSession = 0;
    for (let turn = 0; turn * DOC_BYTES < docs.length; turn++) {
      while (legend.sessions[nextSession]?.[0] === turn) nextSession++;
      const doc = readDoc(docs, turn);
      const position = this.size++;
      this.sequence[position] = fromSequence + doc.sequenceOffset;
      this.side[position] = doc.side;
      this.session[position] = this.sessionNumber(legend.sessions[nextSession - 1]![1]);
      this.speaker[position] = this.speakerNumber(legend.speakers[doc.speaker] || this.names[doc.side]);
      this.at[position] = doc.at;
      this.length[position] = doc.length;
      this.tokens[position] = doc.tokens;
    }
    for (const [index, list] of (lists ?? []).entries()) {
      if (list === null) continue;
      const term = this.terms[index]!;
      if (!this.postings.has(term)) this.postings.set(term, []);
      unpackList(list, start, this.postings.get(term)!);
    }
  }

  private addTurn(turn: LoggedTurn): void {
    for (const { side, text, tokens, speaker } of utterancesOf(turn)) {
      const position = this.size++;
      this.sequence[position] = turn.sequence;
      this.side[position] = side;
      this.session[position] = this.sessionNumber(turn.sessionId);
      this.speaker[position] = this.speakerNumber(speaker || this.names[side]);
      this.at[position] = turn.at;
      this.length[position] = this.inTexts.add(position, text);
      this.texts.push([position, text]);
      this.tokens[position] = tokens;
    }
  }

  private takeTerms(): void {
    for (const term of this.terms) {
      const inBlocks = this.postings.get(term);
      const inTexts = this.inTexts.lists.get(term);
      if (inTexts) this.postings.set(term, inBlocks ? merged(inBlocks, inTexts) : inTexts);
      if (inBlocks ?? inTexts) this.found.set(term, [term]);
    }
  }

  private sessionNumber(id: string): number {
    return numberOf(id, this.sessionNumbers, this.sessionIds);
  }

  private speakerNumber(name: string): number {
    return numberOf(name, this.speakerNumbers, this.speakers);
  }
}

function numberOf(name: string, numbers: Map<string, number>, names: string[]): number {
  let number = numbers.get(name);
  if (number === undefined) numbers.set(name, (number = names.push(name) - 1));
  return number;
}

/** Both lists in order of position; the counts of a position that both have are added. */
function merged(one: readonly number[], other: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const list of [one, other]) {
    for (let index = 0; index < list.length; index += 2) {
      counts.set(list[index]!, (counts.get(list[index]!) ?? 0) + list[index + 1]!);
    }
  }
  return [...counts].sort(([a], [b]) => a - b).flat();
}
