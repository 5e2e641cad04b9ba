import type { z } from 'zod';
import { fromChatGpt } from './chatgpt.js';
import { ConversationError, isObject, type Converted } from './conversation.js';
import { ImportFormat } from './import.model.js';
import { FileError, JsonItems, type Path, type Piece } from './json-items.js';
import { fromLocomo } from './locomo.js';
import {
  fact,
  forgottenFact,
  interaction,
  session,
  settings,
  template,
  usage,
  withoutNulls,
  type PortableFact,
  type PortableInteraction,
  type PortableSession,
  type PortableSettings,
  type PortableTemplate,
} from './portable.js';
import { fromSessionJson } from './session-json.js';

/** What the importer takes, in this order. What belongs to a session comes between it and its end. */
export type Item = { path: string } & (
  | { kind: 'settings'; value: PortableSettings }
  | { kind: 'template'; value: PortableTemplate }
  | { kind: 'session'; value: PortableSession }
  | { kind: 'interaction'; value: PortableInteraction }
  | { kind: 'sessionEnd' }
  | { kind: 'forgottenFact'; value: z.infer<typeof forgottenFact> }
  | { kind: 'fact'; value: PortableFact }
  | { kind: 'usage'; value: z.infer<typeof usage> }
  | { kind: 'refused'; what: string; reason: string }
);

const EXPORT = 'recollect-export';
const VERSION = 1;
const LISTS = { templates: template, forgottenFacts: forgottenFact, facts: fact, usage };
const KINDS = {
  templates: 'template',
  forgottenFacts: 'forgottenFact',
  facts: 'fact',
  usage: 'usage',
} as const;
/** What a file tells of and an import does not make anew: nobody is let in by a file. */
const TOLD = new Set<unknown>(['shares', 'identities', 'serviceKeys']);
const MAX_ROOT_KEYS = 1000;
/** Of a path or a reason, which may quote the file. */
const MAX_TOLD = 500;

type List = keyof typeof LISTS;
const isList = (name: unknown): name is List => Object.hasOwn(LISTS, String(name));

/**
 * Reads a file as it comes: of an export of ours one interaction at a time, of the others one conversation. `format` is
 * what the file is taken for, or null to recognise it; `found` is what it was.
 */
export class ImportReader {
  found: ImportFormat | null;
  private readonly json = new JsonItems((path, isArray) => this.opens(path, isArray));
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  /** What stands at the top of a file that is one object. */
  private readonly root: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  private isRootList = false;
  private hasSessions = false;
  /** The session that is being read: null while its fields come, false when it was refused. */
  private header: Record<string, unknown> = {};
  private current: PortableSession | null | false = null;

  constructor(
    private readonly format: ImportFormat | null,
    /** Stands for a time that a file does not tell. */
    private readonly fallback: string,
  ) {
    this.found = format;
  }

  /** Throws a FileError when it cannot be read on. */
  *read(bytes: Uint8Array): Generator<Item> {
    yield* this.items(this.json.write(this.decode(bytes)));
  }

  *end(): Generator<Item> {
    this.decode();
    yield* this.items(this.json.end());
    if (this.isRootList || this.hasSessions) return;
    yield* this.conversation(this.root, '');
  }

  private decode(bytes?: Uint8Array): string {
    try {
      return bytes ? this.decoder.decode(bytes, { stream: true }) : this.decoder.decode();
    } catch {
      throw new FileError('The file is not UTF-8.');
    }
  }

  private get isExport(): boolean {
    return this.found === ImportFormat.RECOLLECT;
  }

  private opens(path: Path, isArray: boolean): boolean {
    const [first, , third] = path;
    switch (path.length) {
      case 0:
        this.isRootList = isArray;
        return true;
      case 1:
        if (this.isRootList || !isArray) return false;
        if (first === 'sessions') return (this.hasSessions = true);
        return this.isExport && (isList(first) || TOLD.has(first));
      case 2:
        return this.isExport && first === 'sessions' && !isArray && this.beginSession();
      case 3:
        return this.isExport && first === 'sessions' && third === 'interactions' && isArray;
      default:
        return false;
    }
  }

  private beginSession(): true {
    this.header = {};
    this.current = null;
    return true;
  }

  private *items(pieces: Iterable<Piece>): Generator<Item> {
    for (const piece of pieces) {
      const { path } = piece;
      const [first, index] = path;
      const place = path.join('.');
      if ('ended' in piece) yield* this.ended(path);
      else if (path.length === 0) throw new FileError('The file is neither a list nor an object.');
      else if (this.isRootList) yield* this.conversation(piece.value, place);
      else if (path.length === 1) yield* this.takeRoot(String(first), piece.value);
      else if (this.isExport && TOLD.has(first)) continue;
      else if (isList(first)) yield checkedAs(LISTS[first], piece.value, place, KINDS[first], first);
      else if (!this.isExport) yield* this.conversation(piece.value, place);
      else if (path.length === 2) yield refused('sessions', place, 'must be an object');
      else if (path.length === 3) this.header[String(path[2])] = piece.value;
      else yield* this.interaction(piece.value, place, `${String(first)}.${String(index)}`);
    }
  }

  private *takeRoot(key: string, value: unknown): Generator<Item> {
    if (key === 'format' && value === EXPORT && this.format === null) this.found = ImportFormat.RECOLLECT;
    if (this.isExport && key === 'version' && value !== VERSION) {
      throw new FileError(
        `The file is of version ${JSON.stringify(value)}, of which only ${VERSION} is known.`,
      );
    }
    if (this.isExport && key === 'user') yield checkedAs(settings, value, key, 'settings', 'settings');
    if (this.isExport) return;
    if (Object.keys(this.root).length >= MAX_ROOT_KEYS) throw new FileError('The file has too many parts.');
    this.root[key] = value;
  }

  private *ended(path: Path): Generator<Item> {
    if (path.length !== 2 || !this.isExport) return;
    const place = path.join('.');
    yield* this.begun(place);
    if (this.current) yield { kind: 'sessionEnd', path: place };
  }

  private *interaction(value: unknown, place: string, sessionPlace: string): Generator<Item> {
    yield* this.begun(sessionPlace);
    if (this.current) yield checkedAs(interaction, value, place, 'interaction', 'interactions');
    else yield refused('interactions', place, 'its session was refused');
  }

  /** The fields of a session come before its interactions. */
  private *begun(place: string): Generator<Item> {
    if (this.current !== null) return;
    const item = checkedAs(session, this.header, place, 'session', 'sessions');
    this.current = item.kind === 'session' && item.value;
    yield item;
  }

  /** One conversation of a file of another product. */
  private *conversation(value: unknown, place: string): Generator<Item> {
    const at = place === '' ? 'file' : place;
    const format = this.format ?? formatOf(value);
    if (!isObject(value) || format === null || format === ImportFormat.RECOLLECT) {
      yield refused('sessions', at, 'is no conversation of a known form');
      return;
    }
    this.found ??= format;
    try {
      for (const one of convert(format, value, at, this.fallback)) yield* this.converted(one, at);
    } catch (error) {
      if (!(error instanceof ConversationError)) throw error;
      yield refused('sessions', error.path, error.message);
    }
  }

  private *converted(one: Converted | ConversationError, place: string): Generator<Item> {
    if (one instanceof ConversationError) {
      yield refused('sessions', one.path, one.message);
      return;
    }
    const item = checkedAs(session, one.session, place, 'session', 'sessions');
    yield item;
    if (item.kind !== 'session') return;
    for (const { path, value } of one.interactions) {
      yield checkedAs(interaction, value, path, 'interaction', 'interactions');
    }
    yield { kind: 'sessionEnd', path: place };
  }
}

function convert(
  format: ImportFormat,
  value: Record<string, unknown>,
  place: string,
  fallback: string,
): Iterable<Converted | ConversationError> {
  switch (format) {
    case ImportFormat.CHATGPT:
      return fromChatGpt(value, place, fallback);
    case ImportFormat.LOCOMO:
      return fromLocomo(value, place);
    default:
      return [fromSessionJson(value, place, fallback)];
  }
}

/** What a conversation looks like. */
function formatOf(value: unknown): ImportFormat | null {
  if (!isObject(value)) return null;
  if (isObject(value.mapping)) return ImportFormat.CHATGPT;
  if (isObject(value.conversation)) return ImportFormat.LOCOMO;
  return Array.isArray(value.messages) ? ImportFormat.SESSION_JSON : null;
}

function checkedAs<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: string,
  kind: Exclude<Item['kind'], 'sessionEnd' | 'refused'>,
  what: string,
): Item {
  const checked = schema.safeParse(withoutNulls(value));
  if (checked.success) return { kind, path, value: checked.data } as Item;
  const { path: within, message } = checked.error.issues[0]!;
  return refused(what, [path, ...within.map(String)].join('.'), message);
}

function refused(what: string, path: string, reason: string): Item {
  return { kind: 'refused', what, path: path.slice(0, MAX_TOLD), reason: reason.slice(0, MAX_TOLD) };
}
