import { isTimeZone } from 'class-validator';
import { z } from 'zod';
import { BackupFrequency } from '../backups/backup.model.js';
import { latest } from '../common/occurred-at.js';
import { DateTimeScalar } from '../common/scalars.js';
import { jsonReason, MAX_TEXT_BYTES, textReason } from '../common/validation.js';
import { FactCategory, FactOrigin } from '../profile/fact.model.js';
import { EndReason, SessionPrivacy, SessionType, TitleSource } from '../sessions/session.model.js';
import { InteractionStatus, MessageRole, Modality } from '../interactions/interaction.model.js';
import { UsageKind } from '../usage/usage.model.js';
import { isObject } from './conversation.js';

/** What is merged may have grown to this. */
const MAX_STORED_JSON_BYTES = 512 * 1024;
const MAX_STEPS = 256;
const MAX_STEPS_BYTES = 4 * 1024 * 1024;
const MAX_VERSIONS = 50;
const MAX_SOURCES = 100_000;
const MAX_GENERATIONS = 100;
const INT_MAX = 2_147_483_647;
const NAME = 256;

const text = (max = MAX_TEXT_BYTES, min = 0) =>
  z.string('must be text').superRefine((value, context) => {
    const reason = textReason(value, max, min);
    if (reason) context.addIssue({ code: 'custom', message: reason });
  });

const json = z
  .custom<Record<string, unknown>>((value) => typeof value === 'object', 'must be a JSON object')
  .superRefine((value, context) => {
    const reason = jsonReason(value, MAX_STORED_JSON_BYTES);
    if (reason) context.addIssue({ code: 'custom', message: reason });
  });

/** A time that may be to come. */
const moment = z.string('must be a date and time').transform((value, context) => {
  try {
    return DateTimeScalar.parseValue(value).toISOString();
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

const past = moment.refine((value) => value <= latest().toISOString(), 'must not be in the future');

const uuid = z.guid('must be a UUID').toLowerCase();
const count = (min = 0, max = INT_MAX) => z.int().min(min).max(max);
/** Null and left out are the same: see withoutNulls(). */
const maybe = <Schema extends z.ZodType>(schema: Schema) => schema.optional();

const summary = z.object({
  id: uuid,
  level: count(1, 100),
  text: text(),
  tokens: count(),
  producedBy: text(NAME),
  promptHash: maybe(text(NAME)),
  pinned: z.boolean().default(false),
  supersededBy: maybe(uuid),
  revertedAt: maybe(past),
  createdAt: past,
  firstInteractionId: maybe(uuid),
  lastInteractionId: maybe(uuid),
  interactionCount: count(),
});

const branch = z.object({
  sessionId: uuid,
  lastInteractionId: maybe(uuid),
  lastSummaryId: maybe(uuid),
});

export const session = z.object({
  id: uuid,
  projectId: maybe(uuid),
  scope: maybe(text(NAME)),
  privacy: maybe(z.enum(SessionPrivacy)),
  type: maybe(z.enum(SessionType)),
  channel: maybe(text(NAME)),
  externalUserId: maybe(text(NAME)),
  externalChatId: maybe(text(NAME)),
  title: maybe(text(1024)),
  titleSource: maybe(z.enum(TitleSource)),
  tags: maybe(z.array(text(64, 1)).max(50)),
  pinned: maybe(z.boolean()),
  startedAt: past,
  endedAt: maybe(past),
  endReason: maybe(z.enum(EndReason)),
  lastActivityAt: maybe(past),
  expiresAt: maybe(moment),
  archivedAt: maybe(past),
  lifetimeSeconds: maybe(count(1)),
  idleTimeoutSeconds: maybe(count(1)),
  durationSeconds: maybe(z.number().min(0).max(1e11)),
  contextSummary: maybe(text()),
  sessionContext: maybe(json),
  snapshotAtStart: maybe(json),
  state: maybe(json),
  stateVersion: maybe(count()),
  metadata: maybe(json),
  tokenLimit: maybe(count(1)),
  contextSummaryTo: maybe(uuid),
  sessionContextTo: maybe(uuid),
  understandingLevel: maybe(count(0, 100)),
  understandingReachedAt: maybe(past),
  parentSessionId: maybe(uuid),
  forkPointId: maybe(uuid),
  treeId: maybe(uuid),
  inherited: maybe(z.array(branch).max(MAX_GENERATIONS)),
  summaries: maybe(z.array(summary)),
});

export const settings = z.object({
  displayName: maybe(text(200, 1)),
  timeZone: maybe(
    z.string().refine((value) => /^[A-Za-z]/.test(value) && isTimeZone(value), 'must be a time zone'),
  ),
  idleTimeoutSeconds: maybe(count(1, 2_592_000)),
  backupSchedule: maybe(z.object({ frequency: z.enum(BackupFrequency), keep: count(1, 100) })),
});

export const template = z.object({
  id: uuid,
  name: text(NAME, 1),
  type: z.enum(SessionType),
  title: maybe(text(1024)),
  tags: z.array(text(64, 1)).max(50).default([]),
  systemNote: maybe(text(64 * 1024, 1)),
  state: maybe(json),
  metadata: maybe(json),
  tokenLimit: maybe(count(1)),
  createdAt: maybe(past),
  updatedAt: maybe(past),
});

const step = z.object({
  id: uuid,
  role: z.enum([MessageRole.ASSISTANT, MessageRole.SYSTEM, MessageRole.TOOL]),
  content: text(),
  toolName: maybe(text(NAME, 1)),
  arguments: maybe(json),
  isError: maybe(z.boolean()).transform((value) => (value ? true : undefined)),
  errorCode: maybe(text(NAME, 1)),
  at: past,
});

const answerVersion = z.object({
  version: count(1, MAX_VERSIONS),
  model: maybe(text(NAME)),
  startedAt: maybe(past),
  firstTokenAt: maybe(past),
  finishReason: maybe(text(NAME)),
  status: maybe(z.enum(InteractionStatus)),
  answer: maybe(text()),
  error: maybe(text()),
  errorCode: maybe(text(NAME)),
  contextUsed: maybe(json),
  rating: maybe(count(1, 5)),
  ratingComment: maybe(text(16 * 1024)),
  completedAt: maybe(past),
});

export const interaction = z
  .object({
    id: uuid,
    status: z.enum(InteractionStatus).default(InteractionStatus.COMPLETED),
    modality: maybe(z.enum(Modality)),
    question: maybe(text()),
    answer: maybe(text()),
    steps: z.array(step).max(MAX_STEPS).default([]),
    error: maybe(text()),
    errorCode: maybe(text(NAME)),
    contextUsed: maybe(json),
    metadata: maybe(json),
    rating: maybe(count(1, 5)),
    ratingComment: maybe(text(16 * 1024)),
    occurredAt: past,
    createdAt: maybe(past),
    completedAt: maybe(past),
    answerId: maybe(uuid),
    answers: maybe(z.array(answerVersion).max(MAX_VERSIONS)),
    author: maybe(z.object({})),
  })
  .refine(
    ({ question, answer, steps }) => question !== undefined || answer !== undefined || steps.length > 0,
    {
      message: 'needs a question, an answer or steps',
    },
  )
  .refine(({ steps }) => Buffer.byteLength(JSON.stringify(steps)) <= MAX_STEPS_BYTES, {
    path: ['steps'],
    message: `must be at most ${MAX_STEPS_BYTES} bytes as JSON`,
  });

export const fact = z.object({
  id: uuid,
  category: z.enum(FactCategory),
  text: text(4096, 1),
  slot: maybe(text(4096)),
  origin: z.enum(FactOrigin),
  producedBy: maybe(text(NAME)),
  confidence: z.number().min(0).max(1),
  pinned: z.boolean().default(false),
  supersededBy: maybe(uuid),
  firstSeenAt: past,
  lastSeenAt: past,
  sources: z
    .array(z.object({ interactionId: uuid, certainty: z.number().min(0).max(1), saidAt: past }))
    .max(MAX_SOURCES)
    .default([]),
});

export const forgottenFact = z.object({
  category: z.enum(FactCategory),
  digests: z
    .array(z.string().regex(/^([0-9a-f]{2}){1,64}$/))
    .min(1)
    .max(1000),
  forgottenAt: past,
});

export const usage = z.object({
  id: uuid,
  at: past,
  kind: z.enum(UsageKind),
  model: text(NAME),
  promptTokens: count(),
  answerTokens: count(),
  sessionId: maybe(uuid),
  interactionId: maybe(uuid),
});

const LISTS = new Set(['steps', 'answers', 'summaries', 'inherited']);

/**
 * A row as the schemas above take it, in place. Not by a transformation in each of them: V8 came to put their garbage among
 * what it takes for long-lived, 4 kB a turn, which is looked for rarely; an import filled 200 MB with it.
 */
export function withoutNulls(row: unknown): unknown {
  if (!isObject(row)) return row;
  for (const [key, value] of Object.entries(row)) {
    if (value === null) row[key] = undefined;
    else if (LISTS.has(key) && Array.isArray(value)) value.forEach(withoutNulls);
  }
  return row;
}

export type PortableSettings = z.infer<typeof settings>;
export type PortableTemplate = z.infer<typeof template>;
export type PortableSession = z.infer<typeof session>;
export type PortableInteraction = z.infer<typeof interaction>;
export type PortableFact = z.infer<typeof fact>;
