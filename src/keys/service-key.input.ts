import { Field, InputType } from '@nestjs/graphql';
import { ArrayMinSize, ArrayUnique, IsEnum } from 'class-validator';
import { ExpiresAt, OptionalInteger, Text } from '../common/input-fields.js';
import { KeyScope } from './service-key.model.js';

export const DEFAULT_RATE = 6000;

@InputType({ description: 'A new service key.' })
export class CreateServiceKeyInput {
  @Text('What it is for.', { max: 200, min: 1 })
  name: string;

  @Field(() => [KeyScope], {
    description: 'What it may be used for, at least one. ADMIN is FORBIDDEN to who is no administrator.',
  })
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsEnum(KeyScope, { each: true })
  scopes: KeyScope[];

  @OptionalInteger(`Root fields it may run in a minute; ${DEFAULT_RATE} by default.`, {
    min: 1,
    max: 100_000,
  })
  ratePerMinute?: number | null;

  @ExpiresAt()
  expiresAt?: Date | null;
}
