import { createHash } from 'node:crypto';
import {
  ConversationError,
  idOf,
  isObject,
  sessionOf,
  timeOf,
  turnsOf,
  type Converted,
  type Role,
  type Utterance,
} from './conversation.js';

type Fields = Record<string, unknown>;

const ROLES: Record<string, Role> = {
  user: 'USER',
  human: 'USER',
  assistant: 'ASSISTANT',
  ai: 'ASSISTANT',
  bot: 'ASSISTANT',
  model: 'ASSISTANT',
  system: 'SYSTEM',
  tool: 'TOOL',
  function: 'TOOL',
};

const CREATED = ['created_at', 'createdAt', 'start_time', 'started_at', 'startedAt', 'created', 'timestamp'];
const ENDED = ['ended_at', 'endedAt', 'end_time', 'updated_at', 'updatedAt', 'last_activity', 'last_updated'];
const SAID = ['timestamp', 'time', 'at', 'created_at', 'createdAt'];

/** A session with `messages`, `metadata` and `stats`, as chat applications save them one file each. */
export function fromSessionJson(session: Fields, path: string, fallback: string): Converted {
  if (!Array.isArray(session.messages)) throw new ConversationError(`${path}.messages`, 'must be a list');
  const metadata = isObject(session.metadata) ? session.metadata : {};
  const key = nameOf(session, ['session_id', 'sessionId', 'id']) ?? digestOf(session);
  const startedAt = firstTime(session, CREATED) ?? firstTime(metadata, CREATED);
  let at = startedAt ?? fallback;
  const utterances = session.messages.map((message: unknown, index) => {
    const place = `${path}.messages.${index}`;
    at = isObject(message) ? (firstTime(message, SAID) ?? at) : at;
    return utteranceOf(message, place, idOf('session', key, index), at);
  });
  return {
    session: sessionOf(
      idOf('session', key),
      utterances,
      {
        startedAt,
        endedAt: firstTime(session, ENDED) ?? firstTime(metadata, ENDED),
        fallback,
      },
      {
        title: session.title ?? session.name ?? metadata.title,
        tags: session.tags ?? metadata.tags,
        metadata: {
          source: 'session',
          sessionId: key,
          ...metadata,
          ...(isObject(session.stats) && { stats: session.stats }),
        },
      },
    ),
    interactions: turnsOf(utterances),
  };
}

function utteranceOf(message: unknown, path: string, id: string, at: string): Utterance {
  if (!isObject(message)) throw new ConversationError(path, 'must be an object');
  const role = ROLES[String(message.role ?? message.sender ?? message.type).toLowerCase()];
  if (!role) throw new ConversationError(`${path}.role`, 'must be user, assistant, system or tool');
  const { content, attachments } = contentOf(message.content ?? message.text ?? message.message);
  return {
    path,
    id,
    role,
    content,
    at,
    toolName: role === 'TOOL' ? (message.name ?? message.tool_name ?? undefined) : undefined,
    metadata: {
      ...(isObject(message.metadata) && message.metadata),
      ...(attachments.length > 0 && { attachments }),
    },
  };
}

/** A text, or parts of which the texts are joined and the others kept. What is neither is refused where it is checked. */
function contentOf(content: unknown): { content: unknown; attachments: Fields[] } {
  if (!Array.isArray(content)) return { content, attachments: [] };
  const texts = content.map((part: unknown) => (isObject(part) ? part.text : part));
  return {
    content: texts.filter((text) => typeof text === 'string').join('\n'),
    attachments: content.filter((part): part is Fields => isObject(part) && typeof part.text !== 'string'),
  };
}

function firstTime(fields: Fields, keys: readonly string[]): string | undefined {
  return keys.map((key) => timeOf(fields[key])).find((time) => time !== undefined);
}

function nameOf(fields: Fields, keys: readonly string[]): string | undefined {
  const name = keys
    .map((key) => fields[key])
    .find((value) => typeof value === 'string' || typeof value === 'number');
  return name === undefined ? undefined : String(name);
}

/** Without an id it is known again by what it holds. */
const digestOf = (session: Fields): string =>
  createHash('sha256').update(JSON.stringify(session)).digest('hex').slice(0, 32);
