import { ArgsType } from '@nestjs/graphql';
import { Integer } from '../common/input-fields.js';

@ArgsType()
export class OffsetArgs {
  @Integer('How many to pass over; each costs a little.', { min: 0, max: 1_000_000, defaultValue: 0 })
  offset: number = 0;

  @Integer('How many at the most.', { min: 1, max: 200, defaultValue: 100 })
  limit: number = 100;
}
