import { ArgsType, Field, Int } from '@nestjs/graphql';
import { IsInt, Max, Min } from 'class-validator';
import { MAX_TAG_BYTES, Text } from '../common/input-fields.js';

const TAG = { max: MAX_TAG_BYTES, min: 1 } as const;
const MAX_LISTED = 1000;

@ArgsType()
export class TagsArgs {
  @Field(() => Int, { defaultValue: 100, description: `How many at the most, 1 to ${MAX_LISTED}.` })
  @IsInt()
  @Min(1)
  @Max(MAX_LISTED)
  limit: number = 100;
}

@ArgsType()
export class TagArgs {
  @Text('The tag.', TAG)
  tag: string;
}

@ArgsType()
export class RenameTagArgs extends TagArgs {
  @Text('What it is to be called.', TAG)
  to: string;
}
