import { randomUUID } from 'node:crypto';
import {
  AddMessageDocument,
  Connection,
  EndSessionDocument,
  InteractionAddedDocument,
  MeDocument,
  RegisterDocument,
  SessionDocument,
  type SessionQuery,
} from '../../client/src/index.js';
import type { Conversation, Turn } from './conversation.js';

export type Session = SessionQuery['session'];

export interface Message {
  role: string;
  content: string;
}

export interface Outcome {
  sessions: Session[];
  /** What did not come back as it was sent; empty when all is well. */
  differences: string[];
}

/** How long the live stream may lag behind the last answer. */
const LIVE_PATIENCE_MS = 10_000;

/** Makes an account nobody has and returns its access token. */
export async function registerSomebody(url: string): Promise<string> {
  const input = { email: `replay-${randomUUID()}@example.com`, password: randomUUID() };
  const { register } = await new Connection({ url }).run(RegisterDocument, { input });
  return register.accessToken;
}

/** Replays the conversation turn by turn, watching it live, and then compares what was heard and what is stored. */
export async function replay(
  connection: Connection,
  conversation: Conversation,
  onLive: (message: Message) => void = () => undefined,
): Promise<Outcome> {
  const turns = conversation.sessions.flat();
  const { me } = await connection.run(MeDocument, {});
  const live = new LiveMessages(connection, me.revision, turns.length, onLive);
  const sessionIds = new Set<string>();
  try {
    let last = '';
    for (const { role, content, occurredAt } of turns) {
      // The id makes a retry harmless.
      const input = { id: randomUUID(), role, content, occurredAt };
      const { addMessage } = await connection.run(AddMessageDocument, { input });
      last = addMessage.session.id;
      sessionIds.add(last);
    }
    await connection.run(EndSessionDocument, { input: { id: last, occurredAt: turns.at(-1)?.occurredAt } });
    await live.all();
  } finally {
    live.close();
    await connection.close();
  }
  const stored: Message[] = [];
  const sessions: Session[] = [];
  for (const id of sessionIds) {
    const { session, messages } = await readSession(connection, id);
    sessions.push(session);
    stored.push(...messages);
  }
  return {
    sessions,
    differences: [...compare('The live stream', turns, live.messages), ...compare('The log', turns, stored)],
  };
}

async function readSession(connection: Connection, id: string) {
  const messages: Message[] = [];
  let after: string | null = null;
  for (;;) {
    const { session }: SessionQuery = await connection.run(SessionDocument, { id, after });
    messages.push(...session.messages.edges.map((edge) => edge.node));
    if (!session.messages.pageInfo.hasNextPage) return { session, messages };
    after = session.messages.pageInfo.endCursor;
  }
}

function compare(what: string, sent: Turn[], got: Message[]): string[] {
  if (got.length !== sent.length) return [`${what} has ${got.length} messages, not ${sent.length}.`];
  const first = sent.findIndex(
    ({ role, content }, i) => got[i]!.role !== role || got[i]!.content !== content,
  );
  if (first < 0) return [];
  return [`${what} differs from turn ${first + 1} on: ${JSON.stringify(got[first])}.`];
}

/** The messages as `interactionAdded` tells them: an interaction is told when it opens and when it completes. */
class LiveMessages {
  readonly messages: Message[] = [];
  readonly close: () => void;
  private readonly told = new Set<string>();
  private readonly ended = Promise.withResolvers<void>();

  constructor(
    connection: Connection,
    after: number,
    private readonly expected: number,
    private readonly onMessage: (message: Message) => void,
  ) {
    // Somebody waits only at the end.
    this.ended.promise.catch(() => undefined);
    this.close = connection.subscribe(
      InteractionAddedDocument,
      { after },
      {
        next: ({ interactionAdded: { interaction } }) => {
          this.tell(`${interaction.id} question`, 'USER', interaction.question);
          this.tell(`${interaction.id} answer`, 'ASSISTANT', interaction.answer);
        },
        error: (reason) => this.ended.reject(reason),
      },
    );
  }

  /** Resolves when all expected messages were told, or nobody believes in it any more. */
  async all(): Promise<void> {
    const timer = setTimeout(() => this.ended.resolve(), LIVE_PATIENCE_MS);
    await this.ended.promise.finally(() => clearTimeout(timer));
  }

  private tell(key: string, role: string, content: string | null) {
    if (content === null || this.told.has(key)) return;
    this.told.add(key);
    const message = { role, content };
    this.messages.push(message);
    this.onMessage(message);
    if (this.messages.length === this.expected) this.ended.resolve();
  }
}
