import { ArgsType, Field, InputType, IntersectionType } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayMinSize, IsEnum, IsIn, IsOptional } from 'class-validator';
import {
  ErrorCode,
  Integer,
  NAME,
  OptionalInteger,
  OptionalJson,
  OptionalText,
  Text,
} from '../common/input-fields.js';
import { OccurredAt } from '../common/occurred-at.js';
import { JSONScalar, UUIDScalar } from '../common/scalars.js';
import { IsJsonDocument, Nested, NotNull } from '../common/validation.js';
import { PlacementInput } from '../sessions/placement.model.js';
import { ASKED_IN } from '../sessions/session.model.js';
import { MessageRole, Modality } from './interaction.model.js';
import { Failure, ToolCall } from './turn-parts.model.js';

const COMMENT = { max: 16 * 1024 };
const MAX_STEPS = 256;
const MAX_BULK = 500;

const IDEMPOTENT =
  'An id of your own makes the call safe to repeat: the same call returns what is stored, another payload under the ' +
  'same id is a CONFLICT, and so is the id of what has been deleted.';

/** What goes into the log. */
@InputType({ isAbstract: true })
abstract class LoggedInput extends PlacementInput {
  @Field(() => UUIDScalar, { nullable: true, description: IDEMPOTENT })
  id?: string | null;

  @OccurredAt()
  occurredAt?: Date | null;
}

/** What a turn carries beside its texts. */
@InputType({ isAbstract: true })
abstract class TurnInput extends LoggedInput {
  @Field(() => Modality, { nullable: true, description: "Text or voice; by the session's type by default." })
  @IsOptional()
  @IsEnum(Modality)
  modality?: Modality | null;

  @OptionalJson('The context handed to the model.')
  contextUsed?: Record<string, unknown> | null;

  @OptionalJson('Your own data, attachments among it.')
  metadata?: Record<string, unknown> | null;
}

@InputType({ description: 'Something between the question and the answer.' })
export class StepInput {
  @Field(() => MessageRole, { description: 'ASSISTANT, SYSTEM or TOOL.' })
  @IsIn([MessageRole.ASSISTANT, MessageRole.SYSTEM, MessageRole.TOOL])
  role: MessageRole;

  @OptionalText('What was said, or what the tool returned.')
  content?: string | null;

  @OptionalText('The tool that was called.', { ...NAME, min: 1 })
  toolName?: string | null;

  @OptionalJson('What the tool was called with.')
  arguments?: Record<string, unknown> | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is an error.' })
  isError?: boolean | null;

  @ErrorCode()
  errorCode?: string | null;

  @OccurredAt()
  occurredAt?: Date | null;
}

@InputType({ description: 'A whole turn. At least one of question, answer and steps is needed.' })
export class RecordInteractionInput extends TurnInput {
  @OptionalText('What the user asked.')
  question?: string | null;

  @OptionalText('What the AI answered.')
  answer?: string | null;

  @Field(() => [StepInput], {
    nullable: true,
    description: `What happened in between, at most ${MAX_STEPS}.`,
  })
  @IsOptional()
  @ArrayMaxSize(MAX_STEPS)
  @Nested(() => StepInput)
  steps?: StepInput[] | null;

  @OptionalText('Why it failed. With an error or its code it is stored as FAILED.', { min: 1 })
  error?: string | null;

  @ErrorCode()
  errorCode?: string | null;
}

@InputType({ description: 'A question whose answer is to come.' })
export class OpenInteractionInput extends TurnInput {
  @Text('What the user asked.')
  question: string;
}

/** What finishes a turn. */
@InputType({ isAbstract: true })
class FinishInput {
  @Field(() => UUIDScalar, { description: 'The pending interaction.' })
  id: string;

  @Field(() => [StepInput], {
    nullable: true,
    description: `Steps to append; at most ${MAX_STEPS} and 4 MiB in all.`,
  })
  @IsOptional()
  @ArrayMaxSize(MAX_STEPS)
  @Nested(() => StepInput)
  steps?: StepInput[] | null;

  @OptionalJson('The context handed to the model.')
  contextUsed?: Record<string, unknown> | null;

  @OptionalJson('Merge patch (RFC 7396) for `metadata`.')
  metadata?: Record<string, unknown> | null;

  @OccurredAt()
  occurredAt?: Date | null;
}

@InputType({ description: 'The answer to an open question.' })
export class CompleteInteractionInput extends FinishInput {
  @Text('What the AI answered.')
  answer: string;
}

@InputType({ description: 'Why an open question got no answer.' })
export class FailInteractionInput extends IntersectionType(FinishInput, Failure) {}

@InputType({
  description:
    'One message. USER opens an interaction. Any other role joins the newest interaction of the session while that is ' +
    'pending (ASSISTANT completes it), and is an interaction of its own otherwise.',
})
export class AddMessageInput extends TurnInput {
  @Field(() => MessageRole, { description: 'Who speaks.' })
  @IsEnum(MessageRole)
  role: MessageRole;

  @Text('What is said.')
  content: string;

  @OptionalText('For TOOL: the tool that was called.', { ...NAME, min: 1 })
  toolName?: string | null;

  @OptionalJson('For TOOL: what it was called with.')
  arguments?: Record<string, unknown> | null;
}

/** A step of a known interaction, or of the newest of a session. */
@InputType({ isAbstract: true })
class AddStepInput extends LoggedInput {
  @Field(() => UUIDScalar, {
    nullable: true,
    description: 'The interaction it happened in. Left out: the session decides, as with `addMessage`.',
  })
  interactionId?: string | null;
}

@InputType({ description: 'A call of a tool.' })
export class RecordToolCallInput extends IntersectionType(AddStepInput, ToolCall) {}

@InputType({ description: 'An error that happened in an interaction or session.' })
export class RecordErrorInput extends AddStepInput {
  @Text('What went wrong.', { min: 1 })
  message: string;

  @ErrorCode()
  code?: string | null;
}

@InputType({ description: "The user's feedback on an answer; replaces earlier feedback." })
export class RateInteractionInput {
  @Field(() => UUIDScalar, { description: 'The interaction.' })
  id: string;

  @OptionalInteger('1 is bad, 5 is good; null takes the rating back.', { min: 1, max: 5 })
  rating?: number | null;

  @OptionalText('A comment.', COMMENT)
  comment?: string | null;
}

@ArgsType()
export class UpdateInteractionMetadataArgs {
  @Field(() => UUIDScalar, { description: 'The interaction.' })
  id: string;

  @Field(() => JSONScalar, {
    description:
      'JSON merge patch (RFC 7396): objects merge, null removes. The metadata must stay within 512 KiB.',
  })
  @NotNull()
  @IsJsonDocument()
  patch: Record<string, unknown>;
}

@ArgsType()
export class RecordInteractionsArgs {
  @Field(() => [RecordInteractionInput], { description: `1 to ${MAX_BULK} turns, stored in this order.` })
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_BULK)
  items: RecordInteractionInput[];
}

@ArgsType()
export class RecentInteractionsArgs {
  @Integer('How many.', { min: 1, max: 100, defaultValue: 20 })
  limit: number = 20;

  @Field(() => UUIDScalar, { nullable: true, description: ASKED_IN })
  askedIn?: string | null;
}
