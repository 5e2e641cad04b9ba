import { ConversationTree } from './conversation-tree.js';
import {
  ConversationError,
  idOf,
  isObject,
  timeOf,
  turnsOf,
  type Converted,
  type Role,
  type Utterance,
} from './conversation.js';

type Fields = Record<string, unknown>;

const ROLES: Record<string, Role> = { user: 'USER', assistant: 'ASSISTANT', system: 'SYSTEM', tool: 'TOOL' };

/** Of one conversation: nobody looks for the hundredth answer to the same question by hand. */
const MOST_FORKS = 100;

/**
 * A conversation of ChatGPT is a tree of messages, in which an edit or another answer begins a branch. The branch that was
 * last looked at, from `current_node` up to the root, is the session. Each of the others becomes a fork, at the last turn
 * that it has in common with one before it, the newest first.
 */
export function* fromChatGpt(
  conversation: Fields,
  path: string,
  fallback: string,
): Generator<Converted | ConversationError> {
  const mapping = isObject(conversation.mapping) ? conversation.mapping : {};
  const key =
    text(conversation.conversation_id) ?? text(conversation.id) ?? JSON.stringify(Object.keys(mapping));
  const startedAt = timeOf(conversation.create_time);
  const end = Object.hasOwn(mapping, String(conversation.current_node))
    ? String(conversation.current_node)
    : newestOf(mapping);
  const turnsTo = (leaf: string | undefined) =>
    turnsOf(utterancesOf(branchTo(leaf, mapping, path), { path, key, startedAt: startedAt ?? fallback }));
  const about = {
    title: text(conversation.title)?.slice(0, 256),
    channel: 'chatgpt',
    metadata: {
      source: 'chatgpt',
      conversationId: key.slice(0, 256),
      model: text(conversation.default_model_slug),
    },
  };
  const leaves = leavesOf(mapping).filter((leaf) => leaf !== end);
  const tree = new ConversationTree(idOf('chatgpt', key));
  const pinned = conversation.is_starred === true;
  yield tree.trunk(turnsTo(end), { startedAt, fallback }, { ...about, pinned }, leaves.length > 0);
  for (const leaf of leaves.slice(0, MOST_FORKS)) {
    try {
      yield* tree.fork(idOf('chatgpt', key, 'branch', leaf), turnsTo(leaf), about);
    } catch (error) {
      if (!(error instanceof ConversationError)) throw error;
      yield error;
    }
  }
  if (leaves.length > MOST_FORKS) {
    const reason = `has ${leaves.length} other branches, of which the newest ${MOST_FORKS} are imported`;
    yield new ConversationError(`${path}.mapping`, reason);
  }
}

interface Node {
  id: string;
  message: Fields;
}

/** The messages from the root to a node. */
function branchTo(leaf: string | undefined, mapping: Fields, path: string): Node[] {
  const branch: Node[] = [];
  const seen = new Set<string>();
  let id = leaf;
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

function utterancesOf(
  nodes: readonly Node[],
  { path, key, startedAt }: { path: string; key: string; startedAt: string },
): Utterance[] {
  let at = startedAt;
  return nodes.flatMap(({ id, message }) => {
    const said = utteranceOf(message, `${path}.mapping.${id}`);
    if (!said) return [];
    at = timeOf(message.create_time) ?? at;
    return [{ ...said, id: idOf('chatgpt', key, id), at }];
  });
}

/** The messages that nothing follows, the newest first. */
function leavesOf(mapping: Fields): string[] {
  const nodes = Object.entries(mapping).filter(
    (entry): entry is [string, Fields] => isObject(entry[1]) && isObject(entry[1].message),
  );
  const followed = new Set(nodes.map(([, { parent }]) => parent));
  return nodes
    .filter(([id]) => !followed.has(id))
    .map(([id, { message }]) => ({ id, at: Number((message as Fields).create_time ?? 0) || 0 }))
    .sort((one, other) => other.at - one.at)
    .map(({ id }) => id);
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
