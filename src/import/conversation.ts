import { v5 as uuidv5 } from 'uuid';

/** Ids of what has none that could be kept: made of where it comes from, so that importing it again is importing it once. */
const NAMESPACE = 'b7c1d1f5-5f5e-4ad2-9d0e-7a3c6d0f41a6';

export const idOf = (...names: (string | number)[]): string => uuidv5(names.join('\0'), NAMESPACE);

/** A conversation of another product as our own exports would have it, before it is checked. */
export interface Converted {
  session: Record<string, unknown>;
  interactions: Turn[];
}

export interface Turn {
  path: string;
  /** Of the last of its utterances; its own id is that of the first. */
  lastId: string;
  value: Record<string, unknown>;
}

export type Role = 'USER' | 'ASSISTANT' | 'SYSTEM' | 'TOOL';

/** One utterance of it. */
export interface Utterance {
  path: string;
  id: string;
  role: Role;
  content: unknown;
  at: string;
  toolName?: unknown;
  /** Joins the metadata of its turn. */
  metadata?: Record<string, unknown>;
}

/** Why one conversation of a file cannot be imported. */
export class ConversationError extends Error {
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Utterances as turns: a question begins one, and the last thing that the assistant says before the next question, if
 * nothing follows it, is the answer. What lies between is a step; what follows an answer begins a turn without question.
 */
export function turnsOf(utterances: readonly Utterance[]): Turn[] {
  const turns: Utterance[][] = [];
  let isClosed = true;
  for (const [index, utterance] of utterances.entries()) {
    if (utterance.role === 'USER' || isClosed) turns.push([]);
    turns.at(-1)!.push(utterance);
    isClosed = utterance.role === 'ASSISTANT' && !isAnsweredLater(utterances, index);
  }
  return turns.map(turnOf);
}

function isAnsweredLater(utterances: readonly Utterance[], index: number): boolean {
  for (let later = index + 1; later < utterances.length && utterances[later]!.role !== 'USER'; later++) {
    if (utterances[later]!.role === 'ASSISTANT') return true;
  }
  return false;
}

function turnOf(utterances: Utterance[]): Turn {
  const first = utterances[0]!;
  const question = first.role === 'USER' ? first : undefined;
  const last = utterances.at(-1)!;
  const answer = last.role === 'ASSISTANT' ? last : undefined;
  const between = utterances.filter((one) => one !== question && one !== answer);
  return {
    path: first.path,
    lastId: last.id,
    value: {
      id: first.id,
      question: question?.content,
      answer: answer?.content,
      steps: between.map(({ id, role, content, toolName, at }) => ({ id, role, content, toolName, at })),
      occurredAt: first.at,
      createdAt: first.at,
      completedAt: last.at,
      metadata: merged(utterances),
    },
  };
}

/** Lists of the same name, such as attachments, are joined. */
function merged(utterances: readonly Utterance[]): Record<string, unknown> {
  const metadata: Record<string, unknown> = {};
  for (const { metadata: own = {} } of utterances) {
    for (const [key, value] of Object.entries(own)) {
      const before = metadata[key];
      const joins = Array.isArray(before) && Array.isArray(value);
      metadata[key] = joins ? (before as unknown[]).concat(value) : value;
    }
  }
  return metadata;
}

/** When an utterance was said as some file tells it: RFC 3339, the same without a zone (UTC), seconds or milliseconds. */
export function timeOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) {
    const milliseconds = Math.abs(value) < 1e11 ? value * 1000 : value;
    return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString() : undefined;
  }
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const zoned = /(?:z|[+-]\d\d:?\d\d)$/i.test(value)
    ? value
    : `${value.replace(' ', 'T')}${value.includes(':') ? 'Z' : ''}`;
  const date = new Date(zoned);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** The session of utterances: as long as they took. Without any time it is of when the import began. */
export function sessionOf(
  id: string,
  utterances: readonly { at: string }[],
  { startedAt, endedAt, fallback }: { startedAt?: string; endedAt?: string; fallback: string },
  rest: Record<string, unknown>,
): Record<string, unknown> {
  const times = utterances.map(({ at }) => at).sort();
  const first = startedAt === undefined || (times[0] ?? '9') < startedAt ? times[0] : startedAt;
  const start = first ?? startedAt ?? fallback;
  const last = times.at(-1) ?? start;
  return {
    id,
    startedAt: start,
    lastActivityAt: last,
    endedAt: endedAt !== undefined && endedAt > last ? endedAt : last,
    endReason: 'IDLE_TIMEOUT',
    ...rest,
  };
}
