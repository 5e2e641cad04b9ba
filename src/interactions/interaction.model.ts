import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ChangeKind } from '../changes/change-kind.model.js';
import { connectionType } from '../common/pagination.js';
import { DateTimeScalar, JSONScalar, RevisionScalar, UUIDScalar } from '../common/scalars.js';
import { Session } from '../sessions/session.model.js';

export enum InteractionStatus {
  PENDING = 'PENDING',
  COMPLETED = 'COMPLETED',
  FAILED = 'FAILED',
}
registerEnumType(InteractionStatus, {
  name: 'InteractionStatus',
  description: 'How far an interaction has come.',
  valuesMap: {
    PENDING: { description: 'The question is stored; the answer is awaited.' },
    COMPLETED: { description: 'Nothing more is awaited.' },
    FAILED: { description: 'It ended with an error; an answer, if any, is partial.' },
  },
});

export enum Modality {
  TEXT = 'TEXT',
  VOICE = 'VOICE',
}
registerEnumType(Modality, {
  name: 'Modality',
  description: 'How an interaction was said.',
  valuesMap: { TEXT: { description: 'Written.' }, VOICE: { description: 'Spoken; texts are transcripts.' } },
});

export enum MessageRole {
  USER = 'USER',
  ASSISTANT = 'ASSISTANT',
  SYSTEM = 'SYSTEM',
  TOOL = 'TOOL',
}
registerEnumType(MessageRole, {
  name: 'MessageRole',
  description: 'Who speaks.',
  valuesMap: {
    USER: { description: 'The person.' },
    ASSISTANT: { description: 'The AI.' },
    SYSTEM: { description: 'A note of the system, errors among them.' },
    TOOL: { description: 'A tool: what it was asked and what it returned.' },
  },
});

@ObjectType({ description: 'What happened between the question and the answer of an interaction.' })
export class Step {
  @Field(() => UUIDScalar, { description: 'Identifies the step.' })
  id: string;

  @Field(() => MessageRole, { description: 'ASSISTANT, SYSTEM or TOOL.' })
  role: MessageRole;

  @Field({ description: 'What was said, or what the tool returned.' })
  content: string;

  @Field(() => String, { nullable: true, description: 'The tool that was called.' })
  toolName?: string | null;

  @Field(() => JSONScalar, { nullable: true, description: 'What the tool was called with.' })
  arguments?: Record<string, unknown> | null;

  @Field(() => Boolean, { nullable: true, description: 'True for an error; null otherwise.' })
  isError?: boolean | null;

  @Field(() => String, { nullable: true, description: 'Code of the error.' })
  errorCode?: string | null;

  @Field(() => Int, { description: 'Tokens of `content` (o200k_base).' })
  tokens: number;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  at: string;
}

@ObjectType({
  description: 'One turn: the question, the steps in between, the answer, the context that was used.',
})
export class Interaction {
  @Field(() => UUIDScalar, {
    description: 'Identifies the interaction; a UUIDv7 unless the client chose it.',
  })
  id: string;

  userId: string;

  @Field(() => UUIDScalar, { description: 'The session it belongs to.' })
  sessionId: string;

  @Field(() => RevisionScalar, {
    description:
      "Its place in the user's log: the revision at which it was created. The log has no other order.",
  })
  sequence: number;

  @Field(() => RevisionScalar, { description: "The user's revision at its last change." })
  revision: number;

  @Field(() => InteractionStatus, { description: 'Pending, completed or failed.' })
  status: InteractionStatus;

  @Field(() => Modality, { description: 'Text or voice.' })
  modality: Modality;

  @Field(() => String, {
    nullable: true,
    description: 'What the user asked; null when the AI or a tool began.',
  })
  question: string | null;

  @Field(() => String, { nullable: true, description: 'What the AI answered; null until then.' })
  answer: string | null;

  @Field(() => [Step], { description: 'What happened in between, in order.' })
  steps: Step[];

  @Field(() => String, { nullable: true, description: 'Why it failed.' })
  error: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Code of the error, in the client's own terms, or in those of `sendMessage`.",
  })
  errorCode: string | null;

  @Field(() => JSONScalar, { nullable: true, description: 'The context that was handed to the model.' })
  contextUsed: Record<string, unknown> | null;

  @Field(() => JSONScalar, { description: "The client's own data, attachments among it." })
  metadata: Record<string, unknown>;

  @Field(() => Int, { description: 'Tokens of the question (o200k_base).' })
  questionTokens: number;

  @Field(() => Int, { description: 'Tokens of the answer (o200k_base).' })
  answerTokens: number;

  @Field(() => Int, { description: 'Tokens of all steps (o200k_base).' })
  stepTokens: number;

  @Field(() => Int, { nullable: true, description: "The user's rating of the answer, 1 (bad) to 5 (good)." })
  rating: number | null;

  @Field(() => String, { nullable: true, description: "The user's comment on the answer." })
  ratingComment: string | null;

  @Field(() => DateTimeScalar, {
    description: 'When it happened, by the client; when it was stored by default.',
  })
  occurredAt: string;

  @Field(() => DateTimeScalar, { description: 'When it was stored.' })
  createdAt: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was completed or failed.' })
  completedAt: string | null;

  answerId: string | null;
}

export const InteractionConnection = connectionType(Interaction, 'Interaction');

@ObjectType({ description: 'The log one utterance at a time: a view over interactions.' })
export class Message {
  @Field(() => ID, {
    description:
      'Identifies the message: the id given to `addMessage`, else derived from its interaction. A question has the ' +
      "interaction's own id.",
  })
  id: string;

  @Field(() => UUIDScalar, { description: 'The interaction it is part of.' })
  interactionId: string;

  @Field(() => UUIDScalar, { description: 'The session it belongs to.' })
  sessionId: string;

  @Field(() => MessageRole, { description: 'Who speaks.' })
  role: MessageRole;

  @Field({ description: 'What is said.' })
  content: string;

  @Field(() => Int, { description: 'Tokens of `content` (o200k_base).' })
  tokens: number;

  @Field(() => DateTimeScalar, { description: 'When it was said.' })
  at: string;

  @Field(() => String, { nullable: true, description: 'The tool that was called.' })
  toolName: string | null;

  @Field(() => JSONScalar, { nullable: true, description: 'What the tool was called with.' })
  arguments: Record<string, unknown> | null;

  @Field({ description: 'Whether it reports an error.' })
  isError: boolean;

  @Field(() => String, { nullable: true, description: 'Code of the error.' })
  errorCode: string | null;

  /** Place within the log: the interaction's sequence, and which of its messages. */
  position: [sequence: number, index: number];
}

export const MessageConnection = connectionType(Message, 'Message');

@ObjectType({ description: 'An interaction that was written, and its session.' })
export class InteractionPayload {
  @Field(() => Interaction, { description: 'The interaction as it is stored.' })
  interaction: Interaction;

  @Field(() => Session, { description: 'Its session, counters included.' })
  session: Session | null;
}

@ObjectType({ description: 'A message that was added, and where it went.' })
export class AddMessagePayload extends InteractionPayload {
  @Field(() => Message, { description: 'The message as it is stored.' })
  message: Message;
}

@ObjectType({ description: 'Why one item of a bulk was refused; the others are not affected.' })
export class ItemError {
  @Field({ description: 'NOT_FOUND, CONFLICT or BAD_USER_INPUT.' })
  code: string;

  @Field({ description: 'What was wrong, in words.' })
  message: string;

  @Field(() => JSONScalar, {
    nullable: true,
    description: 'With BAD_USER_INPUT: the reasons, by the path of each refused value (`items.3.question`).',
  })
  fields: Record<string, string[]> | null;
}

@ObjectType({ description: 'What became of one item of a bulk: exactly one of the two is set.' })
export class RecordedItem {
  @Field(() => Interaction, { nullable: true, description: 'The interaction as it is stored.' })
  interaction: Interaction | null;

  @Field(() => ItemError, { nullable: true, description: 'Why it was refused.' })
  error: ItemError | null;
}

@ObjectType({ description: 'An interaction that was recorded, opened, completed or failed.' })
export class InteractionAddedEvent {
  @Field(() => RevisionScalar, {
    description: 'Revision of the change: pass the last one seen as `after` to go on from there.',
  })
  revision: number;

  @Field(() => ChangeKind, {
    description: 'INTERACTION_RECORDED, INTERACTION_OPENED, INTERACTION_COMPLETED or INTERACTION_FAILED.',
  })
  kind: ChangeKind;

  @Field(() => Interaction, {
    description:
      'The interaction as it is when the event is delivered. One that has been deleted is not told.',
  })
  interaction: Interaction;
}
