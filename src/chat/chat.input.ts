import { ArgsType, Field, InputType, Int } from '@nestjs/graphql';
import { IsEnum, IsInt, IsOptional, Max, Min } from 'class-validator';
import { JSONScalar, UUIDScalar } from '../common/scalars.js';
import { IsJsonDocument, IsText, MAX_TEXT_BYTES } from '../common/validation.js';
import { Modality } from '../interactions/interaction.model.js';
import { SessionType } from '../sessions/session.model.js';

const MAX_NAME_BYTES = 256;

const BUDGET =
  'Tokens (o200k_base) of what is remembered for the answer, 200 to 200,000; 4,000 by default. See `buildContext`.';
const WAIT =
  'Whether to answer when the answer is complete, or has failed, instead of at once; false by default. When that takes ' +
  'longer than the model is given, the interaction is returned as it is then.';

@InputType({ description: 'A question to be answered here.' })
export class SendMessageInput {
  @Field({ description: 'What the user asks. Not empty, at most 1 MiB of UTF-8.' })
  @IsText({ max: MAX_TEXT_BYTES, min: 1 })
  text: string;

  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'An id of your own makes the call safe to repeat: the same call returns what is stored, and no model is asked ' +
      'twice; another payload under the same id is a CONFLICT.',
  })
  id?: string | null;

  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'The session; one that has ended is resumed. Left out: get-or-create in `scope`. NOT_FOUND when there is none.',
  })
  sessionId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Scope to get or create the session in; "" by default. Not together with `sessionId`.',
  })
  @IsOptional()
  @IsText({ max: MAX_NAME_BYTES })
  scope?: string | null;

  @Field(() => SessionType, {
    nullable: true,
    description:
      'Type of the session to get or create, as for `openInteraction`. Not together with `sessionId`.',
  })
  @IsOptional()
  @IsEnum(SessionType)
  sessionType?: SessionType | null;

  @Field(() => String, { nullable: true, description: 'Channel of a session that is created.' })
  @IsOptional()
  @IsText({ max: MAX_NAME_BYTES })
  channel?: string | null;

  @Field(() => Modality, { nullable: true, description: "Text or voice; by the session's type by default." })
  @IsOptional()
  @IsEnum(Modality)
  modality?: Modality | null;

  @Field(() => JSONScalar, {
    nullable: true,
    description: 'Your own data, attachments among it. A JSON object, at most 256 KiB, 32 levels.',
  })
  @IsOptional()
  @IsJsonDocument()
  metadata?: Record<string, unknown> | null;

  @Field(() => Int, { nullable: true, description: BUDGET })
  @IsOptional()
  @IsInt()
  @Min(200)
  @Max(200_000)
  tokenBudget?: number | null;

  @Field(() => Boolean, { nullable: true, description: WAIT })
  wait?: boolean | null;
}

@ArgsType()
export class RegenerateAnswerArgs {
  @Field(() => UUIDScalar, { description: 'The interaction to answer once more.' })
  interactionId: string;

  @Field(() => Int, { nullable: true, description: BUDGET })
  @IsOptional()
  @IsInt()
  @Min(200)
  @Max(200_000)
  tokenBudget?: number | null;

  @Field(() => Boolean, { nullable: true, description: WAIT })
  wait?: boolean | null;
}
