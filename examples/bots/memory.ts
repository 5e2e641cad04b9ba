import { v5 as uuidv5 } from 'uuid';
import {
  ClearMessagesDocument,
  Connection,
  GetOrCreateSessionDocument,
  LinkIdentityDocument,
  RecordErrorDocument,
  RecordToolCallDocument,
  RecollectError,
  SendMessageDocument,
} from '../../client/src/index.js';

/** Ids of messages are made in this namespace, so that a platform may deliver a message twice. */
const NAMESPACE = 'd6b7a1de-2f0c-5f6e-9d0a-0c9e4a7c3c11';

/** A message as the platform tells it. */
interface Incoming {
  /** The platform's id of the message, unique within the chat. */
  messageId: string | number;
  text: string;
  /** Photos, documents, voice notes ...: what the platform knows of them. */
  attachments?: object[];
}

/** Where somebody speaks to the bot. */
export interface Chat {
  id: string | number;
  /** The topic, in a chat that has several. */
  topic?: string | number | undefined;
  /** Whether others read along: then nothing is remembered there that was said elsewhere. */
  isGroup: boolean;
}

/** Where a bot keeps what is said: one service key, and a session for each chat of each user. */
export class BotMemory {
  constructor(
    private readonly url: string,
    private readonly serviceKey: string,
    private readonly channel: string,
  ) {}

  /** The memory of one chat, as the user who speaks. */
  of(userId: string | number, chat: Chat): ChatMemory {
    const connection = new Connection({
      url: this.url,
      token: async () => this.serviceKey,
      actingFor: `${this.channel}:${userId}`,
    });
    return new ChatMemory(connection, chat);
  }
}

export class ChatMemory {
  constructor(
    private readonly connection: Connection,
    private readonly chat: Chat,
  ) {}

  /** Stores what was asked, and answers it from memory, by a model if the server has one. */
  async ask({ messageId, text, attachments = [] }: Incoming): Promise<string> {
    const { scope } = await this.session();
    const { sendMessage } = await this.connection.run(SendMessageDocument, {
      input: {
        id: uuidv5(`${scope}:${messageId}`, NAMESPACE),
        text,
        scope,
        metadata: { messageId, ...(attachments.length > 0 && { attachments }) },
        wait: true,
      },
    });
    const { answer, error } = sendMessage.interaction;
    return answer ?? `I could not answer: ${error ?? 'it takes too long'}.`;
  }

  /** Stores that a command of the bot was run, and what came of it. */
  async tool(toolName: string, args: Record<string, unknown>, result: string): Promise<void> {
    const { scope } = await this.session();
    await this.connection.run(RecordToolCallDocument, {
      input: { toolName, arguments: args, result, scope },
    });
  }

  async error(error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const { scope } = await this.session();
    await this.connection.run(RecordErrorDocument, { input: { message, scope } });
  }

  /** Forgets what was said in this chat's session; summaries stay. */
  async reset(): Promise<void> {
    await this.connection.run(ClearMessagesDocument, { id: (await this.session()).id });
  }

  /** Joins this user with the account that the one-time code was made in. Says how it went. */
  async link(code: string): Promise<string> {
    try {
      await this.connection.run(LinkIdentityDocument, { code });
      return 'Linked: from now on all of it is one history.';
    } catch (error) {
      if (error instanceof RecollectError) return `Not linked: ${error.message}`;
      throw error;
    }
  }

  private async session(): Promise<{ id: string; scope: string }> {
    const { id, topic, isGroup } = this.chat;
    const input = {
      externalChatId: String(id),
      conversationId: topic?.toString(),
      privacy: isGroup ? 'GROUP' : 'PRIVATE',
    } as const;
    return (await this.connection.run(GetOrCreateSessionDocument, { input })).getOrCreateSession;
  }
}

/** Texts of at most `limit` UTF-16 units, cut between paragraphs, lines or words where that is possible. */
export function split(text: string, limit: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > limit) {
    const head = rest.slice(0, limit);
    const cut =
      ['\n\n', '\n', ' '].map((gap) => head.lastIndexOf(gap)).find((at) => at > limit / 2) ?? whole(head);
    parts.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return [...parts, rest].filter((part) => part !== '');
}

/** Not between the two halves of one character. */
const whole = (head: string) => (/[\uD800-\uDBFF]$/.test(head) ? head.length - 1 : head.length);
