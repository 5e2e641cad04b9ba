import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { IsOptional, IsTimeZone, Matches } from 'class-validator';
import { IsEmailAddress, IsText, NotNull } from '../common/validation.js';

@InputType({ description: 'A new account.' })
export class RegisterInput {
  @Field({
    description:
      'E-mail address, at most 254 bytes of ASCII; kept in lower case. CONFLICT when it has an account.',
  })
  @IsEmailAddress()
  email: string;

  @Field({ description: 'Password, at least 10 characters and at most 256 bytes.' })
  @IsText({ min: 10, max: 256 })
  password: string;

  @Field(() => String, { nullable: true, description: 'Name to show, 1 to 200 bytes.' })
  @IsOptional()
  @IsText({ min: 1, max: 200 })
  displayName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'IANA time zone such as "Europe/Berlin"; "UTC" when left out; not null.',
  })
  @NotNull()
  @IsTimeZone({ message: 'must be an IANA time zone' })
  // Intl also takes offsets, whose sign PostgreSQL reads the other way round.
  @Matches(/^[A-Za-z]/, { message: 'must be the name of a time zone' })
  timeZone?: string;
}

@InputType({ description: 'Who wants to sign in.' })
export class LoginInput {
  @Field({ description: 'E-mail address of the account, in any case.' })
  @IsText({ max: 254 })
  email: string;

  @Field({ description: 'Password of the account, at most 256 bytes.' })
  @IsText({ max: 256 })
  password: string;
}

@ArgsType()
export class DeleteMeArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'Password, at most 256 bytes: required for an account that has one. FORBIDDEN when it is wrong.',
  })
  @IsOptional()
  @IsText({ max: 256 })
  password?: string | null;

  @Field({
    defaultValue: false,
    description: 'Must be true for an account of an external issuer, which has no password.',
  })
  confirm: boolean;
}
