import { Field, InputType, Int } from '@nestjs/graphql';
import { ArrayMinSize, ArrayUnique, IsEnum, IsInt, IsOptional, Max, Min, MinDate } from 'class-validator';
import { DateTimeScalar } from '../common/scalars.js';
import { IsText } from '../common/validation.js';
import { KeyScope } from './service-key.model.js';

const MAX_NAME_BYTES = 200;
export const DEFAULT_RATE = 6000;
export const MAX_RATE = 100_000;

@InputType({ description: 'A new service key.' })
export class CreateServiceKeyInput {
  @Field({ description: `What it is for, 1 to ${MAX_NAME_BYTES} bytes.` })
  @IsText({ min: 1, max: MAX_NAME_BYTES })
  name: string;

  @Field(() => [KeyScope], {
    description: 'What it may be used for, at least one. ADMIN is FORBIDDEN to who is no administrator.',
  })
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsEnum(KeyScope, { each: true })
  scopes: KeyScope[];

  @Field(() => Int, {
    nullable: true,
    description: `Root fields it may run in a minute, 1 to ${MAX_RATE}; ${DEFAULT_RATE} by default.`,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_RATE)
  ratePerMinute?: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it expires, a time to come; never by default.',
  })
  @IsOptional()
  @MinDate(() => new Date(), { message: 'must be in the future' })
  expiresAt?: Date | null;
}
