import { Field, Int, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, JSONScalar, UUIDScalar } from '../common/scalars.js';
import { Interaction, InteractionStatus } from '../interactions/interaction.model.js';

@ObjectType({ description: 'One answer to the question of an interaction.' })
export class AnswerVersion {
  @Field(() => Int, {
    description:
      'Which one, from 1. The newest is that of the interaction, unless it failed and the one before it stands.',
  })
  version: number;

  @Field(() => InteractionStatus, { description: 'As that of the interaction when this was its answer.' })
  status: InteractionStatus;

  @Field(() => String, {
    nullable: true,
    description: 'The answer, as far as it came; null when nothing came.',
  })
  answer: string | null;

  @Field(() => Int, { description: 'Tokens of the answer (o200k_base).' })
  answerTokens: number;

  @Field(() => String, { nullable: true, description: 'Why it failed.' })
  error: string | null;

  @Field(() => String, { nullable: true, description: 'Code of the error, see `sendMessage`.' })
  errorCode: string | null;

  @Field(() => JSONScalar, { nullable: true, description: 'The context that it was written from.' })
  contextUsed: Record<string, unknown> | null;

  @Field(() => Int, { nullable: true, description: "The user's rating of it, 1 (bad) to 5 (good)." })
  rating: number | null;

  @Field(() => String, { nullable: true, description: "The user's comment on it." })
  ratingComment: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The model that wrote it, "recall" for memory alone; null when the client brought it.',
  })
  model: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why the model stopped, such as "stop" or "length" (it ran into LLM_MAX_OUTPUT_TOKENS).',
  })
  finishReason: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was asked for.' })
  startedAt: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When its first words were stored.' })
  firstTokenAt: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was complete, or failed.' })
  completedAt: string | null;
}

@ObjectType({
  description:
    'A piece of an answer. Those of one version join without gap or repetition: each begins at `offset`, where the one ' +
    'before it ended. Put each at its offset, in place of what is there: a subscription that is opened again begins at 0. ' +
    'Another version begins anew.',
})
export class AnswerPiece {
  @Field(() => UUIDScalar, { description: 'The interaction whose answer it is.' })
  interactionId: string;

  @Field(() => Int, { description: 'Which answer of the interaction, from 1.' })
  version: number;

  @Field(() => Int, {
    description: 'Where the text begins within the answer, in UTF-16 units as JavaScript counts.',
  })
  offset: number;

  @Field({ description: 'The text; empty when there is none yet, and when only the end is told.' })
  text: string;

  @Field({ description: 'Whether the answer ends here: no more pieces follow.' })
  done: boolean;

  @Field(() => InteractionStatus, {
    description:
      'PENDING until it is done; then COMPLETED, or FAILED, in which case an earlier answer may stand: see `interaction`.',
  })
  status: InteractionStatus;

  @Field(() => String, {
    nullable: true,
    description: 'With `done`: why the newest answer failed, for whom an earlier one stands too.',
  })
  error: string | null;

  @Field(() => String, { nullable: true, description: 'Code of the error, see `sendMessage`.' })
  errorCode: string | null;

  @Field(() => Interaction, { nullable: true, description: 'With `done`: the interaction as it is stored.' })
  interaction: Interaction | null;
}
