import { ArgsType, Field } from '@nestjs/graphql';
import { IsOptional } from 'class-validator';
import { CURSOR, Integer, Text } from '../common/input-fields.js';
import { UUIDScalar } from '../common/scalars.js';
import { Nested } from '../common/validation.js';
import { SessionFilterInput } from '../sessions/session-filter.model.js';
import { ASKED_IN } from '../sessions/session.model.js';

@ArgsType()
export class SearchSessionsArgs {
  @Text('What to look for, as in `recall`: words, "what must stand so", -without.', { max: 8 * 1024, min: 1 })
  text: string;

  @Field(() => SessionFilterInput, {
    nullable: true,
    description: 'In which sessions; in all by default, archived ones too.',
  })
  @IsOptional()
  @Nested(() => SessionFilterInput)
  filter?: SessionFilterInput | null;

  @Integer('How many sessions at the most.', { min: 1, max: 50, defaultValue: 10 })
  first: number = 10;

  @Integer('How many hits of each at the most.', { min: 1, max: 5, defaultValue: 3 })
  hits: number = 3;

  @Integer('How many interactions before and after each hit to show.', { min: 0, max: 5, defaultValue: 0 })
  neighbours: number = 0;

  @Field(() => UUIDScalar, { nullable: true, description: ASKED_IN })
  askedIn?: string | null;
}

@ArgsType()
export class AroundArgs {
  @Text('A place in this list, such as the `cursor` of a hit.', CURSOR)
  cursor: string;

  @Integer('How many: what is at the place, half of the others before and half after it.', {
    min: 1,
    max: 100,
    defaultValue: 21,
  })
  limit: number = 21;
}
