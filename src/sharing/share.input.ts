import { ArgsType, Field, InputType, IntersectionType } from '@nestjs/graphql';
import { IsEnum, IsOptional } from 'class-validator';
import {
  CURSOR,
  ExpiresAt,
  NAME,
  OptionalJson,
  OptionalText,
  PASSWORD,
  Text,
} from '../common/input-fields.js';
import { UUIDScalar } from '../common/scalars.js';
import { IsEmailAddress, IsText } from '../common/validation.js';
import { Failure, ToolCall } from '../interactions/turn-parts.model.js';
import { ShareMode, ShareRole } from './share.model.js';

const TOKEN = { max: 256 };
const OWN_ID =
  'An id of your own makes the call safe to repeat. The turn itself gets another one, which is made of it.';

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

  @ExpiresAt()
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
    description: `A password that is needed to open it, at least 8 characters and at most ${PASSWORD.max} bytes; none by default.`,
  })
  @IsOptional()
  @IsText({ ...PASSWORD, min: 8 })
  password?: string | null;
}

@ArgsType()
export class SharedSessionArgs {
  @Text('What `shareSession` gave.', TOKEN)
  token: string;

  @OptionalText('The password, if the link has one.', PASSWORD)
  password?: string | null;
}

@InputType({
  description: 'An invitation to the live session. Exactly one of `email` and `userId` must be given.',
})
export class InviteToSessionInput extends ShownInput {
  @Field(() => ShareRole, { description: 'What the person may do.' })
  @IsEnum(ShareRole)
  role: ShareRole;

  @Field(() => String, {
    nullable: true,
    description:
      'E-mail address of the person, in any case. Whoever has, or will have, the account with it can accept; whether ' +
      'there is one is not told.',
  })
  @IsOptional()
  @IsEmailAddress()
  email?: string | null;

  @Field(() => UUIDScalar, { nullable: true, description: 'The person, who must exist.' })
  userId?: string | null;
}

@InputType({
  description:
    'What to continue in a session of one’s own. Exactly one of `token` and `shareId` must be given.',
})
export class ContinueSharedSessionInput {
  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'An id of your own for the new session makes the call safe to repeat while the share lasts: the same call returns ' +
      'the stored session, another one under the same id is a CONFLICT.',
  })
  id?: string | null;

  @OptionalText('The token of a link.', TOKEN)
  token?: string | null;

  @OptionalText('The password, if the link has one.', PASSWORD)
  password?: string | null;

  @Field(() => UUIDScalar, { nullable: true, description: 'An invitation that was accepted.' })
  shareId?: string | null;

  @OptionalText('Scope of the new session; "" by default.', NAME)
  scope?: string | null;
}

/** What a collaborator does in the session. */
@InputType({ isAbstract: true })
abstract class CollaborationInput {
  @Field(() => UUIDScalar, { description: 'The invitation that was accepted.' })
  shareId: string;
}

/** A new turn. */
@InputType({ isAbstract: true })
abstract class SharedTurnInput extends CollaborationInput {
  @Field(() => UUIDScalar, { nullable: true, description: OWN_ID })
  id?: string | null;

  @OptionalJson('Your own data, attachments among it; the owner sees it, others where metadata is shown.')
  metadata?: Record<string, unknown> | null;
}

@InputType({ description: 'A whole turn of a collaborator. A question or an answer is needed.' })
export class RecordSharedTurnInput extends SharedTurnInput {
  @OptionalText('What the collaborator asked.')
  question?: string | null;

  @OptionalText('What the AI answered.')
  answer?: string | null;
}

@InputType({ description: 'A question of a collaborator, whose answer is to come.' })
export class OpenSharedTurnInput extends SharedTurnInput {
  @Text('What the collaborator asked.')
  question: string;
}

/** Something about a turn that the collaborator has opened. */
@InputType({ isAbstract: true })
class OwnTurnInput extends CollaborationInput {
  @Field(() => UUIDScalar, { description: 'The turn, by the `id` that it has.' })
  turnId: string;
}

@InputType({ description: 'The answer to an open question of a collaborator.' })
export class CompleteSharedTurnInput extends OwnTurnInput {
  @Text('What the AI answered.')
  answer: string;
}

@InputType({ description: 'Why an open question of a collaborator got no answer.' })
export class FailSharedTurnInput extends IntersectionType(OwnTurnInput, Failure) {}

@InputType({ description: 'A call of a tool, in a turn of a collaborator.' })
export class RecordSharedToolCallInput extends IntersectionType(OwnTurnInput, ToolCall) {
  @Field(() => UUIDScalar, {
    nullable: true,
    description: 'An id of your own for the call makes it safe to repeat.',
  })
  id?: string | null;
}

@ArgsType()
export class SharedSessionChangedArgs {
  @Field(() => UUIDScalar, { description: 'The invitation that was accepted.' })
  id: string;

  @OptionalText(
    'The `cursor` of the last event seen; left out: from now on. BAD_USER_INPUT when what followed is no longer kept.',
    CURSOR,
  )
  after?: string | null;
}
