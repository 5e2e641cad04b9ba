import type { Connection } from './connection.js';
import { RecollectError, UnreachableError } from './errors.js';
import { newId } from './id.js';
import {
  SessionDocument,
  SessionsDocument,
  type AddMessageInput,
  type MessageRole,
  type SessionFieldsFragment,
  type SessionQuery,
  type SessionsQueryVariables,
  type StartSessionInput,
} from './operations.js';
import { Outbox, type OutboxEntry } from './outbox.js';
import { BrowserStorage, type Storage } from './storage.js';

/** A message of the session at hand. */
export interface LocalMessage {
  id: string;
  role: MessageRole;
  content: string;
  /** When it was said, RFC 3339. */
  at: string;
  /** Whether the server has it, durably. */
  saved: boolean;
}

/** The session at hand, with its messages in order. */
export interface LocalSession {
  id: string;
  title: string | null;
  startedAt: string;
  messages: LocalMessage[];
}

export interface SessionManagerOptions {
  connection: Connection;
  /** Where unsent messages and the last session are kept; a browser's `localStorage` by default. One for each user. */
  storage?: Storage;
  /** Milliseconds between two saves, at least; 5,000 by default. */
  autoSaveMilliseconds?: number;
  /** Called after each change of `current`. */
  onChange?: (session: LocalSession | null) => void;
  /** Called when the server will never take something. */
  onRejected?: (entry: OutboxEntry, reason: unknown) => void;
}

const LAST = 'last-session';
/** Of these many messages, and characters, the last session can be shown while offline: a browser keeps 5 MB in all. */
const KEPT_MESSAGES = 200;
const KEPT_CHARACTERS = 500_000;

/**
 * The sessions of one user as a chat application uses them: write at any time, online or not; everything reaches the
 * server once, in order, and the last session is there again after a restart.
 */
export class SessionManager {
  current: LocalSession | null = null;
  private readonly storage: Storage;
  private readonly outbox: Outbox;
  /** Ids of messages that were sent from here. */
  private readonly sent = new Set<string>();
  private starting: Promise<LocalSession> | undefined;
  private saving: ReturnType<typeof setTimeout> | undefined;
  private lastSave = 0;

  constructor(private readonly options: SessionManagerOptions) {
    this.storage = options.storage ?? new BrowserStorage();
    this.outbox = new Outbox(options.connection, this.storage, {
      sent: (entry) => this.markSaved(entry),
      ...(options.onRejected && { rejected: options.onRejected }),
    });
    this.outbox.sendBehind(); // what was left when the page was closed
  }

  /** Begins a session; the active one of its scope ends. */
  async startNewSession(input: Omit<StartSessionInput, 'id' | 'occurredAt'> = {}): Promise<LocalSession> {
    const startedAt = new Date().toISOString();
    const session = { id: newId(), title: input.title ?? null, startedAt, messages: [] };
    await this.outbox.add({
      operation: 'startSession',
      variables: { input: { ...input, id: session.id, occurredAt: startedAt } },
    });
    await this.show(session);
    this.saveSoon();
    return session;
  }

  /** Adds a message to the session at hand, or to a new one. It is kept locally when this resolves, and saved soon. */
  async addMessage(
    role: MessageRole,
    content: string,
    extra: Pick<AddMessageInput, 'metadata' | 'modality' | 'toolName' | 'arguments' | 'contextUsed'> = {},
  ): Promise<LocalMessage> {
    this.starting ??= this.current
      ? undefined
      : this.startNewSession().finally(() => (this.starting = undefined));
    const session = (await this.starting) ?? this.current!;
    const message = { id: newId(), role, content, at: new Date().toISOString(), saved: false };
    session.messages.push(message);
    const input = { ...extra, id: message.id, sessionId: session.id, role, content, occurredAt: message.at };
    try {
      await this.outbox.add({ operation: 'addMessage', variables: { input } });
    } catch (error) {
      session.messages.splice(session.messages.indexOf(message), 1); // not kept, so not said
      throw error;
    }
    await this.show(session);
    this.saveSoon();
    return message;
  }

  /** Saves now; resolves when the server has everything. Throws what keeps it from that, and goes on trying. */
  async saveSession(): Promise<void> {
    clearTimeout(this.saving);
    this.saving = undefined;
    this.lastSave = Date.now();
    await this.outbox.send();
  }

  /** Makes a past session the one at hand. Throws NOT_FOUND when there is none. */
  async loadSession(id: string): Promise<LocalSession> {
    const messages: LocalMessage[] = [];
    const before = await this.unsent(id);
    let after: string | null = null;
    for (;;) {
      const { session }: SessionQuery = await this.options.connection.run(SessionDocument, { id, after });
      for (const { node } of session.messages.edges) {
        messages.push({ id: node.id, role: node.role, content: node.content, at: node.at, saved: true });
      }
      after = session.messages.pageInfo.endCursor;
      if (session.messages.pageInfo.hasNextPage) continue;
      const known = new Set(messages.map((message) => message.id));
      // What is sent meanwhile is in none of the pages, and waits no more.
      for (const message of [...before, ...(await this.unsent(id))]) {
        if (known.has(message.id)) continue;
        known.add(message.id);
        messages.push({ ...message, saved: this.sent.has(message.id) });
      }
      return this.show({ id, title: session.title, startedAt: session.startedAt, messages });
    }
  }

  /** The session that was at hand last, also while offline (then its newest 200 messages); null when there is none. */
  async restoreLastSession(): Promise<LocalSession | null> {
    const text = await this.storage.get(LAST);
    if (text === null) return null;
    const kept = JSON.parse(text) as LocalSession;
    try {
      return await this.loadSession(kept.id);
    } catch (error) {
      const waits = await this.waitsToStart(kept.id);
      if (error instanceof UnreachableError || waits) return this.show(await this.asOfNow(kept));
      if (!(error instanceof RecollectError && error.code === 'NOT_FOUND')) throw error;
      await this.storage.remove(LAST);
      return null;
    }
  }

  /** A page of the user's sessions as the server has them, newest first; `next` is the `after` of the next page. */
  async listSessions(
    variables: SessionsQueryVariables = {},
  ): Promise<{ sessions: SessionFieldsFragment[]; next: string | null }> {
    const { sessions } = await this.options.connection.run(SessionsDocument, variables);
    const { hasNextPage, endCursor } = sessions.pageInfo;
    return {
      sessions: sessions.edges.map(({ node }) => node),
      next: hasNextPage ? (endCursor ?? null) : null,
    };
  }

  /** Deletes a session for good, with what of it was still to be sent. */
  async deleteSession(id: string): Promise<void> {
    await this.outbox.drop((entry) => sessionOf(entry) === id);
    await this.outbox.add({ operation: 'deleteSession', variables: { id } });
    if (this.current?.id === id) {
      this.current = null;
      await this.storage.remove(LAST);
      this.options.onChange?.(null);
    }
    this.saveSoon();
  }

  /** What the server refused for good. */
  rejected(): Promise<OutboxEntry[]> {
    return this.outbox.rejected();
  }

  /** Stops saving; what is unsaved stays in the storage, for the next start. */
  close(): void {
    clearTimeout(this.saving);
    this.outbox.close();
  }

  private saveSoon(): void {
    const pause = this.lastSave + (this.options.autoSaveMilliseconds ?? 5000) - Date.now();
    // The outbox goes on trying.
    this.saving ??= setTimeout(() => void this.saveSession().catch(() => undefined), Math.max(pause, 0));
  }

  private async show(session: LocalSession): Promise<LocalSession> {
    this.current = session;
    const kept = { ...session, messages: newest(session.messages) };
    await this.storage.set(LAST, JSON.stringify(kept));
    this.options.onChange?.(session);
    return session;
  }

  private markSaved(entry: OutboxEntry): void {
    if (entry.operation !== 'addMessage') return;
    const { id: sent } = entry.variables.input;
    if (sent) this.sent.add(sent);
    const message = this.current?.messages.find(({ id }) => id === sent);
    if (!message) return;
    message.saved = true;
    this.options.onChange?.(this.current);
  }

  private async unsent(sessionId: string): Promise<LocalMessage[]> {
    return (await this.outbox.waiting()).flatMap((entry) => {
      if (entry.operation !== 'addMessage') return [];
      const { id, role, content, occurredAt, sessionId: of } = entry.variables.input;
      if (of !== sessionId || !id) return [];
      return [{ id, role, content, at: occurredAt ?? '', saved: false }];
    });
  }

  /** A session as it was kept, with what was sent since. */
  private async asOfNow(kept: LocalSession): Promise<LocalSession> {
    const entries = [...(await this.outbox.waiting()), ...(await this.outbox.rejected())];
    const unsent = new Set(entries.map(({ variables }) => 'input' in variables && variables.input.id));
    const saved = (id: string): boolean => this.sent.has(id) || !unsent.has(id);
    return { ...kept, messages: kept.messages.map((message) => ({ ...message, saved: saved(message.id) })) };
  }

  private async waitsToStart(id: string): Promise<boolean> {
    return (await this.outbox.waiting()).some(
      (entry) => entry.operation === 'startSession' && entry.variables.input.id === id,
    );
  }
}

function newest(messages: readonly LocalMessage[]): LocalMessage[] {
  let characters = 0;
  const candidates = messages.slice(-KEPT_MESSAGES);
  const tooOld = candidates.findLastIndex(({ content }) => (characters += content.length) > KEPT_CHARACTERS);
  return candidates.slice(tooOld + 1);
}

function sessionOf({ operation, variables }: OutboxEntry): string | null | undefined {
  switch (operation) {
    case 'addMessage':
    case 'recordToolCall':
    case 'recordError':
      return variables.input.sessionId;
    case 'startSession':
    case 'updateSession':
    case 'endSession':
      return variables.input.id;
    case 'deleteSession':
    case 'clearMessages':
      return variables.id;
  }
}
