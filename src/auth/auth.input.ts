import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { DISPLAY_NAME, OptionalText, PASSWORD, Text, TimeZone } from '../common/input-fields.js';
import { IsEmailAddress, IsText } from '../common/validation.js';

@InputType({ description: 'A new account.' })
export class RegisterInput {
  @Field({
    description:
      'E-mail address, at most 254 bytes of ASCII; kept in lower case. CONFLICT when it has an account.',
  })
  @IsEmailAddress()
  email: string;

  @Field({ description: 'Password, at least 10 characters and at most 256 bytes.' })
  @IsText({ ...PASSWORD, min: 10 })
  password: string;

  @OptionalText('Name to show.', DISPLAY_NAME)
  displayName?: string | null;

  @TimeZone('"UTC" when left out; not null.')
  timeZone?: string;
}

@InputType({ description: 'Who wants to sign in.' })
export class LoginInput {
  @Text('E-mail address of the account, in any case.', { max: 254 })
  email: string;

  @Text('Password of the account.', PASSWORD)
  password: string;
}

@ArgsType()
export class DeleteMeArgs {
  @OptionalText('Password: required for an account that has one. FORBIDDEN when it is wrong.', PASSWORD)
  password?: string | null;

  @Field({
    defaultValue: false,
    description: 'Must be true for an account of an external issuer, which has no password.',
  })
  confirm: boolean;
}
