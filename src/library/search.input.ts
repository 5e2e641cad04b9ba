import { ArgsType, Field, Int } from '@nestjs/graphql';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { UUIDScalar } from '../common/scalars.js';
import { IsText, Nested } from '../common/validation.js';
import { SessionFilterInput } from '../sessions/session-filter.model.js';
import { ASKED_IN } from '../sessions/session.model.js';

const MAX_TEXT_BYTES = 8 * 1024;
const MAX_NEIGHBOURS = 5;

@ArgsType()
export class SearchSessionsArgs {
  @Field({
    description: 'What to look for, as in `recall`: words, "what must stand so", -without; at most 8 KiB.',
  })
  @IsText({ max: MAX_TEXT_BYTES, min: 1 })
  text: string;

  @Field(() => SessionFilterInput, {
    nullable: true,
    description: 'In which sessions; in all by default, archived ones too.',
  })
  @IsOptional()
  @Nested(() => SessionFilterInput)
  filter?: SessionFilterInput | null;

  @Field(() => Int, { defaultValue: 10, description: 'How many sessions at the most, 1 to 50.' })
  @IsInt()
  @Min(1)
  @Max(50)
  first: number = 10;

  @Field(() => Int, { defaultValue: 3, description: 'How many hits of each at the most, 1 to 5.' })
  @IsInt()
  @Min(1)
  @Max(5)
  hits: number = 3;

  @Field(() => Int, {
    defaultValue: 0,
    description: `How many interactions before and after each hit to show, 0 to ${MAX_NEIGHBOURS}.`,
  })
  @IsInt()
  @Min(0)
  @Max(MAX_NEIGHBOURS)
  neighbours: number = 0;

  @Field(() => UUIDScalar, { nullable: true, description: ASKED_IN })
  askedIn?: string | null;
}

@ArgsType()
export class AroundArgs {
  @Field({ description: 'A place in this list, such as the `cursor` of a hit.' })
  @IsText({ max: 1024 })
  cursor: string;

  @Field(() => Int, {
    defaultValue: 21,
    description: 'How many, 1 to 100: what is at the place, half of the others before and half after it.',
  })
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 21;
}
