import type { Block, Side } from './block.js';

/** All utterances of a user by position, which is the order of the log. */
export class Log {
  readonly size: number;
  readonly sequence: Float64Array;
  readonly side: Uint8Array;
  readonly session: Int32Array;
  readonly speaker: Int32Array;
  readonly at: Float64Array;
  readonly length: Uint16Array;
  readonly tokens: Uint32Array;
  /** By the number in `session`. */
  readonly sessionIds: string[] = [];
  /** By the number in `speaker`: the name that the client gave, or which side it is that has none. */
  readonly speakers: (string | Side)[] = [];
  /** Where each block begins. */
  readonly starts: number[] = [];
  /** Where a session takes over from another one; the last is the end. */
  readonly turnings: Int32Array;
  readonly allTokens: number;
  readonly meanLength: number;

  constructor(readonly blocks: readonly Block[]) {
    this.size = blocks.reduce((sum, { size }) => sum + size, 0);
    this.sequence = new Float64Array(this.size);
    this.side = new Uint8Array(this.size);
    this.session = new Int32Array(this.size);
    this.speaker = new Int32Array(this.size);
    this.at = new Float64Array(this.size);
    this.length = new Uint16Array(this.size);
    this.tokens = new Uint32Array(this.size);
    const sessions = new Map<string, number>();
    const speakers = new Map<string | Side, number>();
    let start = 0;
    for (const block of blocks) {
      this.starts.push(start);
      this.sequence.set(block.sequence, start);
      this.side.set(block.side, start);
      this.at.set(block.at, start);
      this.length.set(block.length, start);
      this.tokens.set(block.tokens, start);
      this.number(block, start, sessions, speakers);
      start += block.size;
    }
    this.turnings = turningsOf(this.session);
    this.allTokens = this.tokens.reduce((sum, tokens) => sum + tokens, 0);
    this.meanLength = Math.max(
      1,
      this.length.reduce((sum, words) => sum + words, 0) / Math.max(1, this.size),
    );
  }

  private number(
    { size, session, sessionIds, speaker, speakers: names, side }: Block,
    start: number,
    sessions: Map<string, number>,
    speakers: Map<string | Side, number>,
  ): void {
    const ofBlock = sessionIds.map((id) => numberOf(id, sessions, this.sessionIds));
    for (let index = 0; index < size; index++) {
      this.session[start + index] = ofBlock[session[index]!]!;
      const name = names[speaker[index]!] || (side[index] as Side);
      this.speaker[start + index] = numberOf(name, speakers, this.speakers);
    }
  }

  /** About what it takes of memory. */
  get bytes(): number {
    return this.size * 31 + this.sessionIds.length * 100;
  }
}

function turningsOf(session: Int32Array): Int32Array {
  const turnings: number[] = [];
  for (let position = 0; position < session.length; position++) {
    if (session[position] !== session[position - 1]) turnings.push(position);
  }
  return Int32Array.from([...turnings, session.length]);
}

function numberOf<T>(name: T, numbers: Map<T, number>, names: T[]): number {
  let number = numbers.get(name);
  if (number === undefined) numbers.set(name, (number = names.push(name) - 1));
  return number;
}
