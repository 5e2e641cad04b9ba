import { ArgsType, Field, Int } from '@nestjs/graphql';
import { IsInt, Max, Min } from 'class-validator';

const MAX_LIMIT = 200;
const MAX_OFFSET = 1_000_000;

@ArgsType()
export class OffsetArgs {
  @Field(() => Int, {
    defaultValue: 0,
    description: `How many to pass over, 0 to ${MAX_OFFSET}; each costs a little.`,
  })
  @IsInt()
  @Min(0)
  @Max(MAX_OFFSET)
  offset: number = 0;

  @Field(() => Int, { defaultValue: 100, description: `How many at the most, 1 to ${MAX_LIMIT}.` })
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  limit: number = 100;
}
