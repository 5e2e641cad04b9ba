import { applyDecorators } from '@nestjs/common';
import { Field, Float, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, IsEnum, IsOptional, Max, Min } from 'class-validator';
import { OptionalInteger, Text, TOKEN_BUDGET } from '../common/input-fields.js';
import { UUIDScalar } from '../common/scalars.js';
import { Nested } from '../common/validation.js';
import { ContextSectionName } from './context.model.js';
import { MAX_QUERY_BYTES } from './recall.input.js';

// graphql-jit refuses variables that leave out a field of an input that has a default: requestOf() applies these.
const DEFAULT_SPLIT = { profile: 0.1, summaries: 0.15, recalled: 0.6, recent: 0.15 };
const DEFAULT_BUDGET = 4000;
const DEFAULT_RECENT = 20;

const share = (description: string, name: keyof typeof DEFAULT_SPLIT): PropertyDecorator =>
  applyDecorators(
    Field(() => Float, { nullable: true, description: `${description} ${DEFAULT_SPLIT[name]} by default.` }),
    IsOptional(),
    Min(0),
    Max(1),
  );

@InputType({
  description:
    'How to divide the budget, as parts of their sum. What a section does not use, the others get.',
})
export class ContextSplitInput {
  @share('For what is known of the user.', 'profile')
  profile?: number | null;

  @share('For summaries of sessions.', 'summaries')
  summaries?: number | null;

  @share('For what was said about the query.', 'recalled')
  recalled?: number | null;

  @share('For the newest turns.', 'recent')
  recent?: number | null;
}

@InputType({ description: 'What to remember, for what.' })
export class BuildContextInput {
  @Text('What is about to be answered: the question, usually.', { max: MAX_QUERY_BYTES })
  query: string;

  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'The session it is asked in: the newest turns are those of its history; where it was forked, or is a fork, the other ' +
      "branches are left out, and in a group's scope nothing is remembered but what " +
      'was said there with the privacy GROUP (of its newest 1,025 turns). Left out: the newest of all sessions; required ' +
      'of a service key that acts for somebody. NOT_FOUND when there is none.',
  })
  sessionId?: string | null;

  @OptionalInteger(
    `Tokens (o200k_base) that the system prompt and the messages take at the most; ${DEFAULT_BUDGET} by default.`,
    TOKEN_BUDGET,
  )
  tokenBudget?: number | null;

  @Field(() => ContextSplitInput, {
    nullable: true,
    description: 'How to divide it; most to what is relevant by default.',
  })
  @IsOptional()
  @Nested(() => ContextSplitInput)
  split?: ContextSplitInput | null;

  @OptionalInteger(`How many of the newest interactions to give as messages; ${DEFAULT_RECENT} by default.`, {
    min: 0,
    max: 100,
  })
  maxRecent?: number | null;

  @Field(() => [ContextSectionName], {
    nullable: true,
    description: 'Which sections to build; all by default.',
  })
  @IsOptional()
  @ArrayMaxSize(5)
  @IsEnum(ContextSectionName, { each: true })
  include?: ContextSectionName[] | null;
}

/** What is asked for, nothing left open. */
export interface ContextRequest {
  query: string;
  sessionId: string | null;
  tokenBudget: number;
  split: typeof DEFAULT_SPLIT;
  maxRecent: number;
  include: ContextSectionName[];
}

export function requestOf({
  query,
  sessionId,
  tokenBudget,
  split,
  maxRecent,
  include,
}: BuildContextInput): ContextRequest {
  const { profile, summaries, recalled, recent } = split ?? {};
  return {
    query,
    sessionId: sessionId ?? null,
    tokenBudget: tokenBudget ?? DEFAULT_BUDGET,
    split: {
      profile: profile ?? DEFAULT_SPLIT.profile,
      summaries: summaries ?? DEFAULT_SPLIT.summaries,
      recalled: recalled ?? DEFAULT_SPLIT.recalled,
      recent: recent ?? DEFAULT_SPLIT.recent,
    },
    maxRecent: maxRecent ?? DEFAULT_RECENT,
    include: include ?? Object.values(ContextSectionName),
  };
}
