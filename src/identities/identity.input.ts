import { ArgsType } from '@nestjs/graphql';
import { Text } from '../common/input-fields.js';

@ArgsType()
export class LinkIdentityArgs {
  @Text('The code, as the person says it: case, spaces and hyphens do not matter.', { max: 64 })
  code: string;
}
