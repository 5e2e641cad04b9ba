import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { IsEnum, IsOptional } from 'class-validator';
import { OptionalInteger, OptionalJson, Text, TOKEN_BUDGET } from '../common/input-fields.js';
import { UUIDScalar } from '../common/scalars.js';
import { Modality } from '../interactions/interaction.model.js';
import { PlacementInput } from '../sessions/placement.model.js';

const BUDGET =
  'Tokens (o200k_base) of what is remembered for the answer, as for `buildContext`; 4,000 by default.';
const WAIT =
  'Whether to answer when the answer is complete, or has failed, instead of at once; false by default. When that takes ' +
  'longer than the model is given, the interaction is returned as it is then.';

@InputType({ description: 'A question to be answered here.' })
export class SendMessageInput extends PlacementInput {
  @Text('What the user asks.', { min: 1 })
  text: string;

  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'An id of your own makes the call safe to repeat: the same call returns what is stored, and no model is asked ' +
      'twice; another payload under the same id is a CONFLICT.',
  })
  id?: string | null;

  @Field(() => Modality, { nullable: true, description: "Text or voice; by the session's type by default." })
  @IsOptional()
  @IsEnum(Modality)
  modality?: Modality | null;

  @OptionalJson('Your own data, attachments among it.')
  metadata?: Record<string, unknown> | null;

  @OptionalInteger(BUDGET, TOKEN_BUDGET)
  tokenBudget?: number | null;

  @Field(() => Boolean, { nullable: true, description: WAIT })
  wait?: boolean | null;
}

@ArgsType()
export class RegenerateAnswerArgs {
  @Field(() => UUIDScalar, { description: 'The interaction to answer once more.' })
  interactionId: string;

  @OptionalInteger(BUDGET, TOKEN_BUDGET)
  tokenBudget?: number | null;

  @Field(() => Boolean, { nullable: true, description: WAIT })
  wait?: boolean | null;
}
