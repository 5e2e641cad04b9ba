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

const ROLES: Record<string, Role> = { user: 'USER', assistant: 'ASSISTANT', system: 'SYSTEM', tool: 'TOOL' };

/**
 * A conversation of ChatGPT is a tree of messages, in which an edit or another answer begins a branch. What is imported is
 * the branch that was last looked at: from `current_node` up to the root.
 */
export function fromChatGpt(conversation: Fields, path: string, fallback: string): Converted {
  const mapping = isObject(conversation.mapping) ? conversation.mapping : {};
  const key =
    text(conversation.conversation_id) ?? text(conversation.id) ?? JSON.stringify(Object.keys(mapping));
  const nodes = branchOf(mapping, conversation.current_node, path);
  let at = timeOf(conversation.create_time) ?? fallback;
  const utterances = nodes.flatMap(({ id, message }) => {
    const said = utteranceOf(message, `${path}.mapping.${id}`);
    if (!said) return [];
    at = timeOf(message.create_time) ?? at;
    return [{ ...said, id: idOf('chatgpt', key, id), at }];
  });
  const messages = Object.values(mapping).filter((node) => isObject(node) && isObject(node.message)).length;
  return {
    session: sessionOf(
      idOf('chatgpt', key),
      utterances,
      { startedAt: timeOf(conversation.create_time), fallback },
      {
        title: text(conversation.title)?.slice(0, 256),
        channel: 'chatgpt',
        pinned: conversation.is_starred === true,
        metadata: {
          source: 'chatgpt',
          conversationId: key.slice(0, 256),
          model: text(conversation.default_model_slug),
          messagesOnOtherBranches: messages - nodes.length,
        },
      },
    ),
    interactions: turnsOf(utterances),
  };
}

interface Node {
  id: string;
  message: Fields;
}

/** The messages from the root to the current node. */
function branchOf(mapping: Fields, current: unknown, path: string): Node[] {
  const branch: Node[] = [];
  const seen = new Set<string>();
  let id = typeof current === 'string' && Object.hasOwn(mapping, current) ? current : newestOf(mapping);
  while (id !== undefined) {
    if (seen.has(id)) throw new ConversationError(`${path}.mapping.${id}`, 'is its own ancestor');
    seen.add(id);
    const node = Object.hasOwn(mapping, id) ? mapping[id] : undefined;
    if (!isObject(node)) break;
    if (isObject(node.message)) branch.push({ id, message: node.message });
    id = text(node.parent);
  }
  return branch.reverse();
}

/** Where no current node is named: the message that was said last. */
function newestOf(mapping: Fields): string | undefined {
  let newest: string | undefined;
  let newestAt = -Infinity;
  for (const [id, node] of Object.entries(mapping)) {
    const at = isObject(node) && isObject(node.message) ? Number(node.message.create_time ?? 0) : -Infinity;
    if (at >= newestAt) [newest, newestAt] = [id, at];
  }
  return newest;
}

/** Undefined for what nobody saw. */
function utteranceOf(message: Fields, path: string): Omit<Utterance, 'id' | 'at'> | undefined {
  const author = isObject(message.author) ? message.author : {};
  const meta = isObject(message.metadata) ? message.metadata : {};
  const role = ROLES[String(author.role)];
  const { content, attachments } = contentOf(message.content, meta.attachments);
  if (meta.is_visually_hidden_from_conversation === true) return undefined;
  if (content === '' && attachments.length === 0) return undefined;
  if (!role)
    throw new ConversationError(`${path}.message.author.role`, 'must be user, assistant, system or tool');
  return {
    path,
    role,
    content,
    toolName: role === 'TOOL' ? (text(author.name) ?? undefined) : undefined,
    metadata: {
      ...(attachments.length > 0 && { attachments }),
      ...(role === 'ASSISTANT' && text(meta.model_slug) && { model: meta.model_slug }),
    },
  };
}

/** The words, and what else there is, such as pictures and files. */
function contentOf(content: unknown, files: unknown): { content: string; attachments: Fields[] } {
  const attachments = Array.isArray(files) ? files.filter(isObject).map(attachmentOf) : [];
  if (!isObject(content)) return { content: typeof content === 'string' ? content : '', attachments };
  const texts: string[] = [];
  const parts = Array.isArray(content.parts) ? content.parts : [content.text, content.result];
  for (const part of parts as unknown[]) {
    if (typeof part === 'string') texts.push(part);
    else if (isObject(part) && typeof part.text === 'string') texts.push(part.text);
    else if (isObject(part)) attachments.push(attachmentOf(part));
  }
  return { content: texts.filter((one) => one !== '').join('\n'), attachments };
}

const KEPT = [
  'id',
  'name',
  'content_type',
  'mimeType',
  'mime_type',
  'size',
  'size_bytes',
  'width',
  'height',
  'asset_pointer',
];

function attachmentOf(part: Fields): Fields {
  return Object.fromEntries(KEPT.filter((key) => Object.hasOwn(part, key)).map((key) => [key, part[key]]));
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
