import { WordCounts } from './postings.js';

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

const DOC_BYTES = 12;
/** What the two bytes of a place hold: a block spans no more of the log. */
export const MAX_SPAN = 0xffff;
const MAX_SPEAKERS = 127;
const MINUTE = 60_000;

/** A block as it is stored. */
export interface PackedBlock {
  docs: Buffer;
  legend: BlockLegend;
  postings: string;
}

/** Makes the block of interactions, which are added in the order of the log. */
export class BlockPacker {
  private readonly legend: BlockLegend = { sessions: [], speakers: [] };
  private readonly words = new WordCounts();
  private readonly docs: Buffer[] = [];

  constructor(private readonly fromSequence: number) {}

  add(turn: LoggedTurn): void {
    const { docs, words, legend } = this;
    if (legend.sessions.at(-1)?.[1] !== turn.sessionId) legend.sessions.push([docs.length, turn.sessionId]);
    for (const { side, text, tokens, speaker } of utterancesOf(turn)) {
      const doc = Buffer.alloc(DOC_BYTES);
      doc.writeUInt16LE(turn.sequence - this.fromSequence, 0);
      doc.writeUInt16LE(Math.min(0xffff, words.add(docs.length, text)), 2);
      doc.writeUIntLE(Math.min(0xffffff, tokens), 4, 3);
      doc.writeUInt8((speakerNumber(legend.speakers, speaker) << 1) | side, 7);
      doc.writeUInt32LE(Math.max(0, Math.floor(turn.at / MINUTE)), 8);
      docs.push(doc);
    }
  }

  packed(): PackedBlock {
    return { docs: Buffer.concat(this.docs), legend: this.legend, postings: String(this.words) };
  }
}

/** More speakers than have a number are nobody: the last number has no name. */
function speakerNumber(speakers: string[], name: string): number {
  const known = speakers.indexOf(name);
  if (known >= 0) return known;
  return speakers.length < MAX_SPEAKERS ? speakers.push(name) - 1 : MAX_SPEAKERS;
}

/** Utterances of a part of the log, in its order, and where their words are in them. */
export class Block {
  readonly size: number;
  readonly sequence: Float64Array;
  readonly side: Uint8Array;
  readonly length: Uint16Array;
  readonly tokens: Uint32Array;
  readonly at: Float64Array;
  /** By the number in `session`. */
  readonly sessionIds: string[];
  readonly session: Uint16Array;
  /** By the number in `speaker`; '' where the client names nobody. */
  readonly speakers: string[];
  readonly speaker: Uint8Array;
  readonly postings: string;

  constructor(
    readonly fromSequence: number,
    { docs, legend, postings }: PackedBlock,
  ) {
    this.size = docs.length / DOC_BYTES;
    this.sequence = new Float64Array(this.size);
    this.side = new Uint8Array(this.size);
    this.length = new Uint16Array(this.size);
    this.tokens = new Uint32Array(this.size);
    this.at = new Float64Array(this.size);
    this.sessionIds = legend.sessions.map(([, sessionId]) => sessionId);
    this.session = new Uint16Array(this.size);
    this.speakers = legend.speakers;
    this.speaker = new Uint8Array(this.size);
    this.postings = postings;
    let nextSession = 0;
    for (let index = 0, at = 0; index < this.size; index++, at += DOC_BYTES) {
      while (legend.sessions[nextSession]?.[0] === index) nextSession++;
      this.sequence[index] = fromSequence + docs.readUInt16LE(at);
      this.length[index] = docs.readUInt16LE(at + 2);
      this.tokens[index] = docs.readUIntLE(at + 4, 3);
      this.side[index] = docs[at + 7]! & 1;
      this.speaker[index] = docs[at + 7]! >> 1;
      this.at[index] = docs.readUInt32LE(at + 8) * MINUTE;
      this.session[index] = nextSession - 1;
    }
  }

  static of(turns: readonly LoggedTurn[]): Block {
    const packer = new BlockPacker(turns[0]!.sequence);
    for (const turn of turns) packer.add(turn);
    return new Block(turns[0]!.sequence, packer.packed());
  }

  /** About what it takes of memory. */
  get bytes(): number {
    return this.size * 26 + this.postings.length * 2 + this.sessionIds.length * 80 + 1000;
  }
}
