import { ArgsType, Field, InputType, Int } from '@nestjs/graphql';
import { ArrayMaxSize, IsDate, IsEnum, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { DateTimeScalar, UUIDScalar } from '../common/scalars.js';
import { IsText, Nested, NotNull } from '../common/validation.js';
import { MessageRole } from '../interactions/interaction.model.js';
import { ASKED_IN, SessionType } from '../sessions/session.model.js';

export const MAX_QUERY_BYTES = 8 * 1024;
const MAX_NAME_BYTES = 256;
const MAX_NEIGHBOURS = 5;

/** The roles that are searched: what tools and the system note is not what was said. */
const SEARCHED = [MessageRole.USER, MessageRole.ASSISTANT];

@InputType({ description: 'Which turns count; all conditions hold together.' })
export class RecallFilterInput {
  @Field(() => DateTimeScalar, { nullable: true, description: 'Only sessions that started then or later.' })
  @IsOptional()
  @IsDate()
  startedFrom?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Only sessions that started before.' })
  @IsOptional()
  @IsDate()
  startedBefore?: Date | null;

  @Field(() => UUIDScalar, {
    nullable: true,
    description: 'Only this session, with what it has of others as a fork. NOT_FOUND when there is none.',
  })
  sessionId?: string | null;

  @Field(() => UUIDScalar, { nullable: true, description: 'Only sessions of this project.' })
  projectId?: string | null;

  @Field(() => SessionType, { nullable: true, description: 'Only sessions of this type.' })
  @IsOptional()
  @IsEnum(SessionType)
  type?: SessionType | null;

  @Field(() => String, { nullable: true, description: 'Only sessions of this channel.' })
  @IsOptional()
  @IsText({ max: MAX_NAME_BYTES })
  channel?: string | null;

  @Field(() => String, { nullable: true, description: 'Only sessions of this scope.' })
  @IsOptional()
  @IsText({ max: MAX_NAME_BYTES })
  scope?: string | null;

  @Field(() => [MessageRole], {
    nullable: true,
    description: 'Only what these said: USER (questions) or ASSISTANT (answers).',
  })
  @IsOptional()
  @ArrayMaxSize(SEARCHED.length)
  @IsIn(SEARCHED, { each: true })
  roles?: MessageRole[] | null;
}

@ArgsType()
export class RecallArgs {
  @Field({
    description:
      'What to look for, in words; at most 8 KiB, of which 64 words count. "In quotes": must stand so. -word or ' +
      '-"some words": must not.',
  })
  @IsText({ max: MAX_QUERY_BYTES, min: 1 })
  query: string;

  @Field(() => Int, { defaultValue: 10, description: 'How many hits at the most, 1 to 100.' })
  @IsInt()
  @Min(1)
  @Max(100)
  first: number = 10;

  @Field(() => RecallFilterInput, { nullable: true, description: 'Which turns count; all by default.' })
  @IsOptional()
  @Nested(() => RecallFilterInput)
  filter?: RecallFilterInput | null;

  @Field(() => UUIDScalar, {
    nullable: true,
    description: `${ASKED_IN} Where it was forked, or is a fork, the other branches are left out.`,
  })
  askedIn?: string | null;

  @Field(() => Int, {
    defaultValue: 0,
    description: `How many interactions before and after each hit to show, 0 to ${MAX_NEIGHBOURS}.`,
  })
  @NotNull()
  @IsInt()
  @Min(0)
  @Max(MAX_NEIGHBOURS)
  neighbours: number = 0;
}
