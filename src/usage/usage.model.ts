import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { LocalDateScalar, SafeIntScalar, UUIDScalar } from '../common/scalars.js';

export enum UsageKind {
  CHAT = 'CHAT',
  SUMMARY = 'SUMMARY',
  EXTRACTION = 'EXTRACTION',
  EMBEDDING = 'EMBEDDING',
  TITLE = 'TITLE',
}
registerEnumType(UsageKind, {
  name: 'UsageKind',
  description: 'What a model was used for.',
  valuesMap: {
    CHAT: { description: 'Answers to questions.' },
    SUMMARY: { description: 'Summaries of sessions.' },
    EXTRACTION: { description: 'Facts of the profile.' },
    EMBEDDING: { description: 'Embeddings, which have prompt tokens only.' },
    TITLE: { description: 'Titles of sessions.' },
  },
});

export enum UsageGroupBy {
  DAY = 'DAY',
  KIND = 'KIND',
  MODEL = 'MODEL',
  SESSION = 'SESSION',
}
registerEnumType(UsageGroupBy, {
  name: 'UsageGroupBy',
  description: 'What to sum the usage of models by.',
  valuesMap: {
    DAY: { description: "By the days of the user's time zone, oldest first." },
    KIND: { description: 'By what the model was used for, most tokens first.' },
    MODEL: { description: 'By the name of the model, most tokens first.' },
    SESSION: { description: 'By session, most tokens first.' },
  },
});

@ObjectType({
  description:
    "Tokens that models took, as their providers count them, and as o200k_base where they don't tell. Answers from " +
    'memory alone take none.',
})
export class TokenUsage {
  @Field(() => SafeIntScalar, { description: 'Tokens that were sent: instructions, context, question.' })
  promptTokens: number;

  @Field(() => SafeIntScalar, { description: 'Tokens that came back, of answers that broke off too.' })
  answerTokens: number;

  @Field(() => Int, { description: 'How many times a model was called.' })
  calls: number;
}

@ObjectType({ description: 'Tokens of one day, kind, model or session; the other three are null.' })
export class UsageGroup extends TokenUsage {
  @Field(() => LocalDateScalar, { nullable: true, description: "With DAY: the day in the user's time zone." })
  day: string | null;

  @Field(() => UsageKind, { nullable: true, description: 'With KIND: what the model was used for.' })
  kind: UsageKind | null;

  @Field(() => String, { nullable: true, description: 'With MODEL: its name.' })
  model: string | null;

  @Field(() => UUIDScalar, {
    nullable: true,
    description: 'With SESSION: the session; null for what belongs to none, or to one that has been deleted.',
  })
  sessionId: string | null;
}
