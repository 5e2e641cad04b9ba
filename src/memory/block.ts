import { INDEXED_CHARACTERS, tokensOf } from './words.js';

/** An interaction as the index reads it. */
export interface LoggedTurn {
  sequence: number;
  revision: number;
  sessionId: string;
  question: string | null;
  answer: string | null;
  questionTokens: number;
  answerTokens: number;
  /** Milliseconds since the epoch. */
  at: number;
  /** The client's names of the speakers by role, if it gave any. */
  speakers: { USER?: unknown; ASSISTANT?: unknown } | null;
}

export interface BlockLegend {
  /** Which session begins at which turn. */
  sessions: [turn: number, sessionId: string][];
  speakers: string[];
}

/** By first character, so that PostgreSQL takes apart only the part with the words of a question. */
export type BlockPostings = Record<string, Record<string, string>>;

/** One utterance of an interaction: its question (0) or its answer (1). */
export type Side = 0 | 1;

export interface Utterance {
  side: Side;
  text: string;
  tokens: number;
  /** The client's name of who says it; '' when it gave none. */
  speaker: string;
}

/** How an answer begins that repeats what is remembered. To remember it too would be to hear one's own echo. */
export const FROM_MEMORY = 'No model is configured (LLM_BASE_URL, LLM_MODEL), so I answer from memory alone.';

/** What is said in an interaction. */
export function utterancesOf(turn: Omit<LoggedTurn, 'revision'>): Utterance[] {
  const { question, answer, questionTokens, answerTokens, speakers } = turn;
  const said: Utterance[] = [];
  if (question !== null)
    said.push({ side: 0, text: question, tokens: questionTokens, speaker: speakerName(speakers?.USER) });
  if (answer !== null && !answer.startsWith(FROM_MEMORY))
    said.push({ side: 1, text: answer, tokens: answerTokens, speaker: speakerName(speakers?.ASSISTANT) });
  return said;
}

const MAX_NAME_CHARACTERS = 64;

/** A name stands before what is said: it must not be able to begin a line of its own. */
export function speakerName(name: unknown): string {
  return typeof name === 'string'
    ? name
        .replace(/[\p{C}\p{Z}]+/gu, ' ')
        .trim()
        .slice(0, MAX_NAME_CHARACTERS)
    : '';
}

export const DOC_BYTES = 12;
/** What the two bytes of a place hold: a block spans no more of the log. */
export const MAX_SPAN = 0xffff;
const MAX_SPEAKERS = 127;
const MAX_COUNT = 16;
const MINUTE = 60_000;

/** Words and how often each utterance has them: `add` takes utterances in their order. */
export class PostingLists {
  readonly lists = new Map<string, number[]>();

  /** Of all words, or `only` of some: counting these takes a third of the time. */
  constructor(private readonly only?: ReadonlySet<string>) {}

  /** Returns how many words the text has. */
  add(position: number, text: string): number {
    const tokens = tokensOf(text.slice(0, INDEXED_CHARACTERS));
    for (const { term } of tokens) {
      if (this.only && !this.only.has(term)) continue;
      let list = this.lists.get(term);
      if (!list) this.lists.set(term, (list = []));
      if (list[list.length - 2] === position) list[list.length - 1]! += 1;
      else list.push(position, 1);
    }
    return tokens.length;
  }
}

/** Makes the block of interactions, which come in the order of the log. */
export function packBlock(turns: readonly LoggedTurn[]): {
  docs: Buffer;
  legend: BlockLegend;
  postings: BlockPostings;
} {
  const first = turns[0]!.sequence;
  const legend: BlockLegend = { sessions: [], speakers: [] };
  const words = new PostingLists();
  const docs: Buffer[] = [];
  for (const turn of turns) {
    if (legend.sessions.at(-1)?.[1] !== turn.sessionId) legend.sessions.push([docs.length, turn.sessionId]);
    for (const { side, text, tokens, speaker } of utterancesOf(turn)) {
      const doc = Buffer.alloc(DOC_BYTES);
      doc.writeUInt16LE(turn.sequence - first, 0);
      doc.writeUInt16LE(Math.min(0xffff, words.add(docs.length, text)), 2);
      doc.writeUIntLE(Math.min(0xffffff, tokens), 4, 3);
      doc.writeUInt8((speakerNumber(legend.speakers, speaker) << 1) | side, 7);
      doc.writeUInt32LE(Math.max(0, Math.floor(turn.at / MINUTE)), 8);
      docs.push(doc);
    }
  }
  return { docs: Buffer.concat(docs), legend, postings: packPostings(words.lists) };
}

/** More speakers than have a number are nobody: the last number has no name. */
function speakerNumber(speakers: string[], name: string): number {
  const known = speakers.indexOf(name);
  if (known >= 0) return known;
  return speakers.length < MAX_SPEAKERS ? speakers.push(name) - 1 : MAX_SPEAKERS;
}

function packPostings(lists: ReadonlyMap<string, readonly number[]>): BlockPostings {
  const postings: BlockPostings = {};
  for (const [term, list] of lists) (postings[firstCharacter(term)] ??= {})[term] = packList(list);
  return postings;
}

/** As PostgreSQL's left(term, 1): a code point, not half a pair of surrogates. */
function firstCharacter(term: string): string {
  return String.fromCodePoint(term.codePointAt(0)!);
}

// Base 64 digits of five bits and "more follows", as source maps have them.
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Uint8Array(128);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;

/** Of pairs (position, count). A cap of 4 on the count changed 4 % of the chosen turns; 16 changes none. */
export function packList(list: readonly number[]): string {
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

/** Appends the pairs to `list`, their positions counted from `start`. */
export function unpackList(packed: string, start: number, list: number[]): void {
  let position = start;
  let index = 0;
  while (index < packed.length) {
    let value = 0;
    let shift = 0;
    let digit: number;
    do {
      digit = VALUES[packed.charCodeAt(index++)]!;
      value |= (digit & 31) << shift;
      shift += 5;
    } while (digit > 31);
    position += value >>> 4;
    list.push(position, (value & 15) + 1);
  }
}

export interface Doc {
  sequenceOffset: number;
  length: number;
  tokens: number;
  speaker: number;
  side: Side;
  at: number;
}

/** Reads the doc of one utterance. */
export function readDoc(docs: Buffer, index: number): Doc {
  const at = index * DOC_BYTES;
  const who = docs[at + 7]!;
  return {
    sequenceOffset: docs.readUInt16LE(at),
    length: docs.readUInt16LE(at + 2),
    tokens: docs.readUIntLE(at + 4, 3),
    speaker: who >> 1,
    side: (who & 1) as Side,
    at: docs.readUInt32LE(at + 8) * MINUTE,
  };
}
