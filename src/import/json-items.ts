import { none } from 'stream-chain/defs.js';
import { jsonParser, type Token } from 'stream-json/core/parser.js';

export type Path = readonly (string | number)[];

/** What a file is made of: a value that is complete, or the end of a container whose members came one by one. */
export type Piece = { path: Path; value: unknown } | { path: Path; ended: true };

/** The file is not what it should be, and cannot be read on. */
export class FileError extends Error {}

/** Of one value: what is beyond it would fill the memory. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
const MAX_NODES = 1_000_000;
const MAX_DEPTH = 200;

type Container = Record<string, unknown> | unknown[];

interface Frame {
  container: Container;
  /** Where the next member goes. */
  key: string | number;
  /** Whether members are told one by one and not kept. */
  isOpen: boolean;
}

/**
 * Takes a JSON file apart while it comes, so that no more of it is in memory than one value. `opens` says of a container
 * whether its members are told one by one; it is asked when the container begins, from the outermost inwards.
 */
export class JsonItems {
  private readonly parse = jsonParser({ packValues: true, streamValues: false });
  private readonly frames: Frame[] = [];
  private characters = 0;
  private nodes = 0;

  constructor(private readonly opens: (path: Path, isList: boolean) => boolean) {}

  /** The pieces that a text completes. Throws a FileError at what is no JSON. */
  *write(text: string): Generator<Piece> {
    this.characters += text.length;
    for (const token of this.tokens(text)) yield* this.take(token);
    if (this.characters > MAX_CHARACTERS) throw new FileError('A single value is larger than 32 MiB.');
  }

  /** There is no more. */
  *end(): Generator<Piece> {
    for (const token of this.tokens(none)) yield* this.take(token);
    if (this.frames.length > 0) throw new FileError('The file ends in the middle.');
  }

  private tokens(text: string | typeof none): readonly Token[] {
    try {
      const tokens = this.parse(text as string) as { values: Token[] } | typeof none;
      return tokens === none ? [] : tokens.values;
    } catch (error) {
      throw new FileError(`The file is not valid JSON: ${(error as Error).message}.`);
    }
  }

  /** Values come whole (`packValues`): of the tokens that would be parts of one there are none. */
  private *take(token: Token): Generator<Piece> {
    if (token.name === 'startObject') this.begin({});
    else if (token.name === 'startArray') this.begin([]);
    else if (token.name === 'keyValue') this.frames.at(-1)!.key = token.value;
    else if (token.name === 'endObject' || token.name === 'endArray') yield* this.close();
    else if (token.name === 'numberValue') yield* this.add(Number(token.value));
    else if ('value' in token) yield* this.add(token.value);
  }

  private begin(container: Container): void {
    const isOpen =
      this.frames.every((frame) => frame.isOpen) && this.opens(this.path(), Array.isArray(container));
    if (this.frames.length >= MAX_DEPTH) throw new FileError(`It is nested deeper than ${MAX_DEPTH} levels.`);
    this.count();
    this.frames.push({ container, key: Array.isArray(container) ? 0 : '', isOpen });
  }

  private *close(): Generator<Piece> {
    const { container, isOpen } = this.frames.pop()!;
    if (!isOpen) yield* this.add(container);
    else {
      yield { path: this.path(), ended: true };
      this.advance();
    }
  }

  private *add(value: unknown): Generator<Piece> {
    const frame = this.frames.at(-1);
    if (!frame || frame.isOpen) {
      yield { path: this.path(), value };
      this.characters = 0;
      this.nodes = 0;
    } else {
      this.count();
      put(frame.container, frame.key, value);
    }
    this.advance();
  }

  private advance(): void {
    const frame = this.frames.at(-1);
    if (typeof frame?.key === 'number') frame.key++;
  }

  private count(): void {
    if (++this.nodes > MAX_NODES) throw new FileError(`A single value has more than ${MAX_NODES} parts.`);
  }

  private path(): Path {
    return this.frames.map(({ key }) => key);
  }
}

/** `__proto__` is a key like any other. */
function put(container: Container, key: string | number, value: unknown): void {
  if (Array.isArray(container)) container.push(value);
  else if (key === '__proto__') {
    Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
  } else container[key as string] = value;
}
