import { ArgsType, Field } from '@nestjs/graphql';
import { IsText } from '../common/validation.js';

@ArgsType()
export class LinkIdentityArgs {
  @Field({ description: 'The code, as the person says it: case, spaces and hyphens do not matter.' })
  @IsText({ max: 64 })
  code: string;
}
