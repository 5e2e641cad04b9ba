import { uuidv7 } from '../common/uuid.js';
import { BadUserInputError } from '../common/errors.js';
import { fingerprint } from '../common/fingerprint.js';
import type { Command } from '../database/commands.js';
import type {
  AddMessageInput,
  CompleteInteractionInput,
  FailInteractionInput,
  OpenInteractionInput,
  RecordInteractionInput,
  StepInput,
} from './interaction.input.js';
import { MessageRole, type Step } from './interaction.model.js';
import { countTokens } from '../common/tokens.js';

type Placed = Pick<
  RecordInteractionInput,
  'id' | 'sessionId' | 'scope' | 'sessionType' | 'channel' | 'occurredAt'
>;

/** The command that stores a whole turn, or (openInteraction) its question. `path` leads to the input in the request. */
export async function turnCommand(
  kind: 'recordInteraction' | 'openInteraction',
  userId: string,
  input: RecordInteractionInput | OpenInteractionInput,
  path = 'input',
): Promise<Command> {
  const { question, answer, steps, error, errorCode } = input as RecordInteractionInput;
  if (question == null && answer == null && !steps?.length) {
    throw new BadUserInputError({ [`${path}.question`]: ['is needed, or an answer or steps'] });
  }
  return {
    kind,
    userId,
    ...placement(input, path),
    id: input.id ?? uuidv7(),
    fingerprint: input.id ? fingerprint({ kind, ...input }) : undefined,
    modality: input.modality ?? undefined,
    question: question ?? undefined,
    questionTokens: await countTokens(question),
    answer: answer ?? undefined,
    answerTokens: await countTokens(answer),
    ...(await stepsOf(steps, input.occurredAt)),
    error: error ?? undefined,
    errorCode: errorCode ?? undefined,
    contextUsed: input.contextUsed ?? undefined,
    metadata: input.metadata ?? undefined,
  };
}

/** The command that completes or fails a pending turn. */
export async function finishCommand(
  kind: 'completeInteraction' | 'failInteraction',
  userId: string,
  input: CompleteInteractionInput | FailInteractionInput,
): Promise<Command> {
  const { answer, error, errorCode } = input as Partial<FailInteractionInput>;
  return {
    kind,
    userId,
    id: input.id,
    finishFingerprint: fingerprint(input),
    answer: answer ?? undefined,
    answerTokens: answer == null ? undefined : await countTokens(answer),
    ...(await stepsOf(input.steps, input.occurredAt)),
    error: error ?? undefined,
    errorCode: errorCode ?? undefined,
    contextUsed: input.contextUsed ?? undefined,
    metadata: input.metadata ?? undefined,
    occurredAt: input.occurredAt ?? undefined,
  };
}

/** The command that adds a message of any role but USER, which opens a turn instead. */
export async function messageCommand(userId: string, input: AddMessageInput): Promise<Command> {
  const { role, content, toolName, arguments: args } = input;
  if (role !== MessageRole.TOOL && (toolName ?? args) != null) {
    throw new BadUserInputError({ 'input.toolName': ['and arguments are for messages of a TOOL'] });
  }
  const said =
    role === MessageRole.ASSISTANT
      ? { answer: content, answerTokens: await countTokens(content), answerId: input.id ?? undefined }
      : await stepsOf([{ ...input, role, content }], input.occurredAt);
  return {
    kind: 'addMessage',
    userId,
    ...placement(input, 'input'),
    id: uuidv7(),
    ...said,
    ...messageId(input.id, input),
    modality: input.modality ?? undefined,
    contextUsed: input.contextUsed ?? undefined,
    metadata: input.metadata ?? undefined,
  };
}

/** The command that adds a step to a known interaction, or without one to where `addMessage` would put it. */
export async function stepCommand(
  userId: string,
  interactionId: string | null | undefined,
  input: Placed,
  step: StepInput,
): Promise<Command> {
  const { id, ...placed } = placement(input, 'input');
  if (interactionId && (input.sessionId ?? input.scope ?? input.sessionType) != null) {
    throw new BadUserInputError({ 'input.interactionId': ['cannot be combined with a session or scope'] });
  }
  return {
    ...(interactionId
      ? { kind: 'updateInteraction', id: interactionId, occurredAt: placed.occurredAt }
      : { kind: 'addMessage', id: uuidv7(), ...placed }),
    userId,
    ...(await stepsOf([{ ...step, id: input.id }], input.occurredAt)),
    ...messageId(id, { interactionId, ...input, step }),
  };
}

/** What the database reads to find or make the session. */
function placement(input: Placed, path: string) {
  const { id, sessionId, scope, sessionType, channel, occurredAt } = input;
  if (sessionId && (scope ?? sessionType) != null) {
    throw new BadUserInputError({ [`${path}.sessionId`]: ['cannot be combined with scope or sessionType'] });
  }
  return {
    id,
    newSessionId: uuidv7(),
    sessionId: sessionId ?? undefined,
    scope: scope ?? undefined,
    type: sessionType ?? undefined,
    channel: channel ?? undefined,
    occurredAt: occurredAt ?? undefined,
  };
}

function messageId(id: string | null | undefined, payload: object) {
  return id ? { messageId: id, messageFingerprint: fingerprint(payload) } : undefined;
}

/** Steps as they are stored, and the tokens of all of them. */
async function stepsOf(
  inputs: (StepInput & { id?: string | null })[] | null | undefined,
  turnAt: Date | null | undefined,
) {
  if (!inputs?.length) return undefined;
  const steps: Step[] = [];
  for (const { id, role, content, toolName, arguments: args, isError, errorCode, occurredAt } of inputs) {
    steps.push({
      id: id ?? uuidv7(),
      role,
      content: content ?? '',
      toolName: toolName ?? undefined,
      arguments: args ?? undefined,
      isError: isError ? true : undefined,
      errorCode: errorCode ?? undefined,
      tokens: await countTokens(content),
      at: (occurredAt ?? turnAt ?? new Date()).toISOString(),
    });
  }
  return { steps, stepTokens: steps.reduce((sum, step) => sum + step.tokens, 0) };
}
