import type { Connection } from './connection.js';
import { isPassing, RecollectError } from './errors.js';
import { newId } from './id.js';
import { whenOnline } from './online.js';
import {
  AddMessageDocument,
  ClearMessagesDocument,
  DeleteSessionDocument,
  EndSessionDocument,
  RecordErrorDocument,
  RecordToolCallDocument,
  StartSessionDocument,
  UpdateSessionDocument,
  type TypedDocumentString,
} from './operations.js';
import type { Storage } from './storage.js';

/** What may wait: each changes nothing more when it is sent again, most by the id that the client chose. */
const OPERATIONS = {
  startSession: StartSessionDocument,
  updateSession: UpdateSessionDocument,
  endSession: EndSessionDocument,
  deleteSession: DeleteSessionDocument,
  clearMessages: ClearMessagesDocument,
  addMessage: AddMessageDocument,
  recordToolCall: RecordToolCallDocument,
  recordError: RecordErrorDocument,
};

type Operations = typeof OPERATIONS;
type VariablesOf<Document> =
  Document extends TypedDocumentString<unknown, infer Variables> ? Variables : never;

/** One write that waits to be sent. */
export type OutboxEntry = {
  [Name in keyof Operations]: { operation: Name; variables: VariablesOf<Operations[Name]> };
}[keyof Operations];

export interface OutboxListener {
  /** The server has it, durably. */
  sent?: (entry: OutboxEntry) => void;
  /** The server will never take it: it is out of the queue, and kept in `rejected()`. */
  rejected?: (entry: OutboxEntry, reason: unknown) => void;
}

const WAITING = 'outbox/';
const REJECTED = 'rejected/';
const FIRST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 30_000;

/**
 * A queue of writes that survives being offline, a reload and a crash: sent at least once, in order, and stored
 * exactly once, because every write is idempotent. Retries until it is taken or refused.
 */
export class Outbox {
  private lastKey = '';
  private wanted = false;
  private sending: Promise<void> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private pause = FIRST_PAUSE_MILLISECONDS;
  private closed = false;
  /** What was added here, by key, until it is known what became of it. */
  private readonly added = new Map<string, OutboxEntry>();
  private readonly stopWatching: () => void;

  constructor(
    private readonly connection: Connection,
    private readonly storage: Storage,
    private readonly listener: OutboxListener = {},
  ) {
    this.stopWatching = whenOnline(() => this.sendBehind());
  }

  /** Keeps a write; resolves when it would survive a crash. */
  async add(entry: OutboxEntry): Promise<void> {
    const key = this.nextKey();
    await this.storage.set(key, JSON.stringify(entry));
    this.added.set(key, entry);
  }

  /** Sends what waits; resolves when nothing does. Throws what keeps it from being sent now, and goes on trying. */
  send(): Promise<void> {
    this.wanted = true;
    this.sending ??= this.sendWhileWanted();
    return this.sending;
  }

  /** Sends what waits, for nobody who waits for it. */
  sendBehind(): void {
    this.send().catch(() => undefined); // it goes on trying
  }

  async waiting(): Promise<OutboxEntry[]> {
    return (await this.read(WAITING)).map(([, entry]) => entry);
  }

  /** What the server refused for good, for the application to show. */
  async rejected(): Promise<OutboxEntry[]> {
    return (await this.read(REJECTED)).map(([, entry]) => entry);
  }

  /** Forgets what waits and is not wanted any more. */
  async drop(unwanted: (entry: OutboxEntry) => boolean): Promise<void> {
    for (const [key, entry] of await this.read(WAITING)) {
      if (!unwanted(entry)) continue;
      await this.storage.remove(key);
      this.added.delete(key);
    }
  }

  /** Stops retrying; what waits stays in the storage. */
  close(): void {
    this.closed = true;
    this.stopWatching();
    clearTimeout(this.retry);
  }

  private async sendWhileWanted(): Promise<void> {
    clearTimeout(this.retry);
    try {
      while (this.wanted) {
        this.wanted = false;
        for (const [key, entry] of await this.read(WAITING)) await this.sendOne(key, entry);
        await this.tellWhatOthersSent();
      }
      this.pause = FIRST_PAUSE_MILLISECONDS;
    } catch (error) {
      if (!this.closed) this.retry = setTimeout(() => this.sendBehind(), this.pause);
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MILLISECONDS);
      throw error;
    } finally {
      this.sending = undefined;
    }
  }

  private async sendOne(key: string, entry: OutboxEntry): Promise<void> {
    const document = OPERATIONS[entry.operation] as TypedDocumentString<unknown, unknown>;
    try {
      await this.connection.run(document, entry.variables);
    } catch (error) {
      if (isPassing(error)) throw error;
      if (!isGone(entry, error)) {
        await this.storage.set(rejectedKey(key), JSON.stringify(entry));
        await this.storage.remove(key);
        this.added.delete(key);
        this.listener.rejected?.(entry, error);
        return;
      }
    }
    await this.storage.remove(key);
    this.added.delete(key);
    this.listener.sent?.(entry);
  }

  /** Other tabs have the same storage, and send what waits in it. */
  private async tellWhatOthersSent(): Promise<void> {
    for (const [key, entry] of this.added) {
      if ((await this.storage.get(key)) !== null) continue;
      this.added.delete(key);
      if ((await this.storage.get(rejectedKey(key))) === null) this.listener.sent?.(entry);
    }
  }

  private async read(prefix: string): Promise<[key: string, entry: OutboxEntry][]> {
    const entries: [string, OutboxEntry][] = [];
    for (const key of await this.storage.keys(prefix)) {
      const text = await this.storage.get(key);
      if (text !== null) entries.push([key, JSON.parse(text) as OutboxEntry]);
    }
    return entries;
  }

  /** By time, so that keys sort as they were made, also over restarts; never the same in two tabs. */
  private nextKey(): string {
    const now = String(Date.now()).padStart(15, '0');
    const [time = now, count = '0'] = this.lastKey.split('-');
    const next = now > time ? [now, '0'] : [time, String(Number(count) + 1)];
    this.lastKey = `${next[0]}-${next[1]!.padStart(6, '0')}`;
    return `${WAITING}${this.lastKey}-${newId().slice(0, 8)}`;
  }
}

const rejectedKey = (key: string): string => key.replace(WAITING, REJECTED);

/** A deletion that is sent again finds nothing. */
function isGone({ operation }: OutboxEntry, error: unknown): boolean {
  return operation === 'deleteSession' && error instanceof RecollectError && error.code === 'NOT_FOUND';
}
