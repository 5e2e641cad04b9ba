import type { Block, Side } from './block.js';

/** What a session does not see of another of its tree: the turns after a place in the log. */
export interface Branch {
  id: string;
  upTo: number;
}

/** Of each utterance, by position. */
class Columns {
  readonly sequence: Float64Array;
  readonly side: Uint8Array;
  readonly session: Int32Array;
  readonly speaker: Int32Array;
  readonly at: Float64Array;
  readonly length: Uint16Array;
  readonly tokens: Uint32Array;

  constructor(readonly size: number) {
    this.sequence = new Float64Array(size);
    this.side = new Uint8Array(size);
    this.session = new Int32Array(size);
    this.speaker = new Int32Array(size);
    this.at = new Float64Array(size);
    this.length = new Uint16Array(size);
    this.tokens = new Uint32Array(size);
  }
}

/** All utterances of a user by position, which is the order of the log. */
export class Log extends Columns {
  /** By the number in `session`. */
  readonly sessionIds: readonly string[];
  /** By the number in `speaker`: the name that the client gave, or which side it is that has none. */
  readonly speakers: readonly (string | Side)[];
  /** Where a session takes over from another one; the last is the end. */
  readonly turnings: Int32Array;
  /** How many sessions there are. */
  readonly sessions: number;
  readonly allTokens: number;
  readonly meanLength: number;

  private constructor(
    size: number,
    fill: (columns: Columns) => void,
    private readonly sessionNumbers: ReadonlyMap<string, number>,
    private readonly speakerNumbers: ReadonlyMap<string | Side, number>,
    readonly blocks: readonly Block[] = [],
    /** Where each block begins. */
    readonly starts: readonly number[] = [],
  ) {
    super(size);
    fill(this);
    this.sessionIds = [...sessionNumbers.keys()];
    this.speakers = [...speakerNumbers.keys()];
    this.turnings = turningsOf(this.session);
    this.sessions = new Set(this.turnings.subarray(0, -1).map((position) => this.session[position]!)).size;
    this.allTokens = this.tokens.reduce((sum, tokens) => sum + tokens, 0);
    this.meanLength = Math.max(
      1,
      this.length.reduce((sum, words) => sum + words, 0) / Math.max(1, this.size),
    );
  }

  static of(blocks: readonly Block[]): Log {
    const sessions = new Map<string, number>();
    const speakers = new Map<string | Side, number>();
    const starts: number[] = [];
    const fill = (columns: Columns): void => {
      let start = 0;
      for (const block of blocks) {
        starts.push(start);
        columns.sequence.set(block.sequence, start);
        columns.side.set(block.side, start);
        columns.at.set(block.at, start);
        columns.length.set(block.length, start);
        columns.tokens.set(block.tokens, start);
        const ofBlock = block.sessionIds.map((id) => numberOf(id, sessions));
        for (let index = 0; index < block.size; index++) {
          columns.session[start + index] = ofBlock[block.session[index]!]!;
          const name = block.speakers[block.speaker[index]!] || (block.side[index] as Side);
          columns.speaker[start + index] = numberOf(name, speakers);
        }
        start += block.size;
      }
    };
    const size = blocks.reduce((sum, block) => sum + block.size, 0);
    return new Log(size, fill, sessions, speakers, blocks, starts);
  }

  /**
   * What a session sees of its tree, with what it shares taken for its own: its history is then one session. `places`
   * tells where each position has gone, -1 for none.
   */
  seenFrom(sessionId: string, branches: readonly Branch[]): { log: Log; places: Int32Array } {
    const numbers = new Map(this.sessionNumbers);
    const own = numberOf(sessionId, numbers);
    const ends = new Map(branches.map(({ id, upTo }) => [numbers.get(id), upTo]));
    const places = new Int32Array(this.size).fill(-1);
    let kept = 0;
    for (let position = 0; position < this.size; position++) {
      const end = ends.get(this.session[position]);
      if (end === undefined || this.sequence[position]! <= end) places[position] = kept++;
    }
    const fill = (columns: Columns): void => {
      for (let position = 0; position < this.size; position++) {
        const place = places[position]!;
        if (place < 0) continue;
        columns.sequence[place] = this.sequence[position]!;
        columns.side[place] = this.side[position]!;
        columns.session[place] = ends.has(this.session[position]) ? own : this.session[position]!;
        columns.speaker[place] = this.speaker[position]!;
        columns.at[place] = this.at[position]!;
        columns.length[place] = this.length[position]!;
        columns.tokens[place] = this.tokens[position]!;
      }
    };
    return { log: new Log(kept, fill, numbers, this.speakerNumbers), places };
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

/** Numbers are given in the order of asking. */
function numberOf<T>(name: T, numbers: Map<T, number>): number {
  let number = numbers.get(name);
  if (number === undefined) numbers.set(name, (number = numbers.size));
  return number;
}
