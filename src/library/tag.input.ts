import { ArgsType } from '@nestjs/graphql';
import { Integer, TAG, Text } from '../common/input-fields.js';

@ArgsType()
export class TagsArgs {
  @Integer('How many at the most.', { min: 1, max: 1000, defaultValue: 100 })
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
