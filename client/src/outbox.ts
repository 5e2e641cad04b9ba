import type { Connection } from './connection.js';
import { isPassing, RecollectError } from './errors.js';
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

  constructor(
    private readonly connection: Connection,
    private readonly storage: Storage,
    private readonly listener: OutboxListener = {},
  ) {}

  /** Keeps a write; resolves when it would survive a crash. */
  async add(entry: OutboxEntry): Promise<void> {
    await this.storage.set(this.nextKey(), JSON.stringify(entry));
  }

  /** Sends what waits; resolves when nothing does. Throws what keeps it from being sent now, and goes on trying. */
  send(): Promise<void> {
    this.wanted = true;
    this.sending ??= this.sendWhileWanted();
    return this.sending;
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
      if (unwanted(entry)) await this.storage.remove(key);
    }
  }

  /** Stops retrying; what waits stays in the storage. */
  close(): void {
    clearTimeout(this.retry);
  }

  private async sendWhileWanted(): Promise<void> {
    clearTimeout(this.retry);
    try {
      while (this.wanted) {
        this.wanted = false;
        for (const [key, entry] of await this.read(WAITING)) await this.sendOne(key, entry);
      }
      this.pause = FIRST_PAUSE_MILLISECONDS;
    } catch (error) {
      this.retry = setTimeout(() => void this.send().catch(() => undefined), this.pause);
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
        await this.storage.set(key.replace(WAITING, REJECTED), JSON.stringify(entry));
        await this.storage.remove(key);
        this.listener.rejected?.(entry, error);
        return;
      }
    }
    await this.storage.remove(key);
    this.listener.sent?.(entry);
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
    return `${WAITING}${this.lastKey}-${crypto.randomUUID().slice(0, 8)}`;
  }
}

/** A deletion that is sent again finds nothing. */
function isGone({ operation }: OutboxEntry, error: unknown): boolean {
  return operation === 'deleteSession' && error instanceof RecollectError && error.code === 'NOT_FOUND';
}
