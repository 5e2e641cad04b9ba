import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { IsEnum, IsOptional, MinDate } from 'class-validator';
import { DateTimeScalar, UUIDScalar } from '../common/scalars.js';
import { IsText } from '../common/validation.js';
import { ShareMode } from './share.model.js';

const PASSWORD_BYTES = 256;

/** What of a session is shown to whom it is shared with. */
@InputType({ isAbstract: true })
export abstract class ShownInput {
  @Field(() => UUIDScalar, { description: 'The session.' })
  sessionId: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether to show metadata of the session and of its turns; false by default.',
  })
  showMetadata?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether to show the context that answers were given with, which may quote other sessions; false by default.',
  })
  showContext?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether to show steps (calls of tools, notes of the system) and errors; false by default.',
  })
  showSteps?: boolean | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it expires, a time to come; never by default.',
  })
  @IsOptional()
  @MinDate(() => new Date(), { message: 'must be in the future' })
  expiresAt?: Date | null;
}

@InputType({ description: 'A link to a session.' })
export class ShareSessionInput extends ShownInput {
  @Field(() => ShareMode, {
    nullable: true,
    description: 'Whether what is said from now on is shown too; SNAPSHOT by default.',
  })
  @IsOptional()
  @IsEnum(ShareMode)
  mode?: ShareMode | null;

  @Field(() => String, {
    nullable: true,
    description: `A password that is needed to open it, 8 to ${PASSWORD_BYTES} bytes; none by default.`,
  })
  @IsOptional()
  @IsText({ min: 8, max: PASSWORD_BYTES })
  password?: string | null;
}

@ArgsType()
export class SharedSessionArgs {
  @Field({ description: 'What `shareSession` gave.' })
  @IsText({ max: 256 })
  token: string;

  @Field(() => String, { nullable: true, description: 'The password, if the link has one.' })
  @IsOptional()
  @IsText({ max: PASSWORD_BYTES })
  password?: string | null;
}
