import { ArgsType, Field, InputType, Int } from '@nestjs/graphql';
import { IsEnum, IsInt, IsOptional, Max, Min } from 'class-validator';
import {
  IDLE_TIMEOUT,
  NAME,
  OptionalInteger,
  OptionalJson,
  OptionalText,
  Tags,
  TITLE,
  TOKEN_LIMIT,
} from '../common/input-fields.js';
import { OccurredAt } from '../common/occurred-at.js';
import { JSONScalar, UUIDScalar } from '../common/scalars.js';
import { IsJsonDocument, NotNull } from '../common/validation.js';
import { SessionPrivacy, SessionType } from './session.model.js';

const SUMMARY = { max: 64 * 1024 };
/** Seconds, up to a year. */
const LIFETIME = { min: 1, max: 31_536_000 };

@InputType({ description: 'What get-or-create looks for, and what a session it creates is like.' })
export class SessionInput {
  @OptionalText(
    'What the session is active in. By default made of `channel`, `externalChatId` and `conversationId`, such as ' +
      '"telegram:-100:7", and "" without the latter two.',
    NAME,
  )
  scope?: string | null;

  @Field(() => SessionType, {
    nullable: true,
    description: 'Text or voice. Left out: whatever is active, and TEXT_CHAT for a new one.',
  })
  @IsOptional()
  @IsEnum(SessionType)
  type?: SessionType | null;

  @Field(() => UUIDScalar, { nullable: true, description: 'The project a new session belongs to.' })
  projectId?: string | null;

  @OptionalText('Where it takes place.', NAME)
  channel?: string | null;

  @OptionalText("The channel's id of the person.", NAME)
  externalUserId?: string | null;

  @OptionalText("The channel's id of the chat.", NAME)
  externalChatId?: string | null;

  @OptionalText("The channel's id of one of several conversations in the chat, such as a thread.", NAME)
  conversationId?: string | null;

  @Field(() => SessionPrivacy, {
    nullable: true,
    description:
      "Who else is there. By default GROUP in a scope that has been a group's, in a chat whose id is not the person's, and " +
      "in a scope of a bot's platform that is not the person's own chat there (`telegram:12345`); else PRIVATE. An active " +
      "session of another privacy ends. CONFLICT for PRIVATE in a group's scope.",
  })
  @IsOptional()
  @IsEnum(SessionPrivacy)
  privacy?: SessionPrivacy | null;

  @OptionalText('Title.', TITLE)
  title?: string | null;

  @Tags('Tags.')
  tags?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Pinned from the start; false by default.' })
  pinned?: boolean | null;

  @OptionalInteger(
    "Seconds without activity after which it ends; else the user's, else the server's.",
    IDLE_TIMEOUT,
  )
  idleTimeoutSeconds?: number | null;

  @OptionalInteger('Seconds from its start after which it ends in any case; none by default.', LIFETIME)
  lifetimeSeconds?: number | null;

  @OptionalInteger("Token limit; else the server's.", TOKEN_LIMIT)
  tokenLimit?: number | null;

  @OptionalJson('Initial state.')
  state?: Record<string, unknown> | null;

  @OptionalJson('Your own data.')
  metadata?: Record<string, unknown> | null;

  @OptionalJson("The project's state as it is now, kept with the session.")
  snapshotAtStart?: Record<string, unknown> | null;

  @OccurredAt()
  occurredAt?: Date | null;
}

@InputType({ description: 'A new session.' })
export class StartSessionInput extends SessionInput {
  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'An id of your own makes the call safe to repeat: the same call returns the stored session, another one under ' +
      'the same id is a CONFLICT.',
  })
  id?: string | null;
}

@InputType({ description: 'What to change of a session; what is left out stays.' })
export class UpdateSessionInput {
  @Field(() => UUIDScalar, { description: 'The session.' })
  id: string;

  @OptionalText('Title; null removes it, and no other is generated.', TITLE)
  title?: string | null;

  @Tags('Replaces the tags.', NotNull)
  tags?: string[];

  @Field(() => Boolean, { nullable: true, description: 'Pin or unpin.' })
  @NotNull()
  pinned?: boolean;

  @Field(() => Boolean, { nullable: true, description: 'Archive, or restore from the archive.' })
  @NotNull()
  archived?: boolean;

  @Field(() => JSONScalar, {
    nullable: true,
    description: 'JSON merge patch (RFC 7396) to apply to `metadata`, which must stay within 512 KiB.',
  })
  @NotNull()
  @IsJsonDocument()
  metadata?: Record<string, unknown>;

  @OptionalText('What it was about; null removes it.', SUMMARY)
  contextSummary?: string | null;

  @OptionalJson('`{topics, mood, summary}`; null removes it.')
  sessionContext?: Record<string, unknown> | null;

  @OptionalInteger('Seconds without activity.', IDLE_TIMEOUT, NotNull)
  idleTimeoutSeconds?: number;

  @OptionalInteger('Token limit.', TOKEN_LIMIT, NotNull)
  tokenLimit?: number;
}

@InputType({ description: 'A change of the state of a session.' })
export class UpdateSessionStateInput {
  @Field(() => UUIDScalar, { description: 'The session.' })
  id: string;

  @Field(() => JSONScalar, {
    description:
      'JSON merge patch (RFC 7396): objects merge, null removes. The state must stay within 512 KiB.',
  })
  @IsJsonDocument()
  patch: Record<string, unknown>;

  @Field(() => Int, {
    description: 'The `stateVersion` the patch was made from; CONFLICT when it has moved on.',
  })
  @IsInt()
  @Min(0)
  expectedVersion: number;
}

@InputType({ description: 'The end of a session.' })
export class EndSessionInput {
  @Field(() => UUIDScalar, { description: 'The session.' })
  id: string;

  @OptionalText('What it was about, for `contextSummary`.', SUMMARY)
  contextSummary?: string | null;

  @OptionalJson('`{topics, mood, summary}` for `sessionContext`.')
  sessionContext?: Record<string, unknown> | null;

  @OccurredAt()
  occurredAt?: Date | null;
}

@ArgsType()
export class CurrentSessionArgs {
  @OptionalText('The scope; "" by default.', NAME)
  scope?: string | null;
}

@ArgsType()
export class CleanupSessionsArgs {
  @Field(() => Int, { description: 'How many days ago they ended at the latest, 0 to 36500.' })
  @IsInt()
  @Min(0)
  @Max(36_500)
  endedDaysAgo: number;
}
