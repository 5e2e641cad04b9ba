import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, IsDate, IsEnum, IsIn, IsOptional } from 'class-validator';
import { Integer, NAME, OptionalText, Text } from '../common/input-fields.js';
import { DateTimeScalar, UUIDScalar } from '../common/scalars.js';
import { Nested } from '../common/validation.js';
import { MessageRole } from '../interactions/interaction.model.js';
import { ASKED_IN, SessionType } from '../sessions/session.model.js';

export const MAX_QUERY_BYTES = 8 * 1024;

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

  @OptionalText('Only sessions of this channel.', NAME)
  channel?: string | null;

  @OptionalText('Only sessions of this scope.', NAME)
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
  @Text(
    'What to look for, in words, of which 64 count. "In quotes": must stand so. -word or -"some words": must not.',
    { max: MAX_QUERY_BYTES, min: 1 },
  )
  query: string;

  @Integer('How many hits at the most.', { min: 1, max: 100, defaultValue: 10 })
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

  @Integer('How many interactions before and after each hit to show.', { min: 0, max: 5, defaultValue: 0 })
  neighbours: number = 0;
}
