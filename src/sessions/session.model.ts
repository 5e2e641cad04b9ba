import { Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ChangeKind } from '../changes/change-kind.model.js';
import { connectionType } from '../common/pagination.js';
import { DateTimeScalar, JSONScalar, RevisionScalar, SafeIntScalar, UUIDScalar } from '../common/scalars.js';

export enum SessionType {
  TEXT_CHAT = 'TEXT_CHAT',
  VOICE_CALL = 'VOICE_CALL',
}
registerEnumType(SessionType, {
  name: 'SessionType',
  description: 'How the user and the AI talk in a session.',
  valuesMap: {
    TEXT_CHAT: { description: 'By written messages.' },
    VOICE_CALL: { description: 'By speech; messages are transcripts.' },
  },
});

export enum EndReason {
  EXPLICIT = 'EXPLICIT',
  SUPERSEDED = 'SUPERSEDED',
  MODE_CHANGED = 'MODE_CHANGED',
  IDLE_TIMEOUT = 'IDLE_TIMEOUT',
  EXPIRED = 'EXPIRED',
  LOGGED_OUT = 'LOGGED_OUT',
}
registerEnumType(EndReason, {
  name: 'EndReason',
  description: 'Why a session ended.',
  valuesMap: {
    EXPLICIT: { description: 'The client ended it.' },
    SUPERSEDED: { description: 'Another session was started or resumed in the same scope.' },
    MODE_CHANGED: { description: 'The type changed, from text to voice or back.' },
    IDLE_TIMEOUT: { description: 'Nothing happened for the idle timeout; it ended when it was last active.' },
    EXPIRED: { description: 'Its absolute lifetime ran out; it ended at that moment.' },
    LOGGED_OUT: { description: 'The user logged out.' },
  },
});

export enum TitleSource {
  USER = 'USER',
  GENERATED = 'GENERATED',
}
registerEnumType(TitleSource, {
  name: 'TitleSource',
  description: 'Where the title of a session comes from.',
  valuesMap: {
    USER: { description: 'The client gave it, or took it away: no other is generated.' },
    GENERATED: { description: 'It was made of the first exchange, in the background.' },
  },
});

/** Of arguments that say in which session something is to be remembered. */
export const ASKED_IN =
  "The session in which it is asked: in a group's scope, only what was said there with the privacy GROUP is seen. Required " +
  'of a service key that acts for somebody. NOT_FOUND when there is none.';

export enum SessionPrivacy {
  PRIVATE = 'PRIVATE',
  GROUP = 'GROUP',
}
registerEnumType(SessionPrivacy, {
  name: 'SessionPrivacy',
  description: 'Who else is there to hear what is said.',
  valuesMap: {
    PRIVATE: { description: 'Nobody: all of the history may be remembered.' },
    GROUP: {
      description: 'Others: nothing is remembered but what was said in the same scope, when it was theirs.',
    },
  },
});

const count = (description: string): PropertyDecorator => Field(() => Int, { description });

@ObjectType({
  description:
    'One continuous period of interaction of one user. A user has at most one active session per scope.',
})
export class Session {
  @Field(() => UUIDScalar, { description: 'Identifies the session; a UUIDv7 unless the client chose it.' })
  id: string;

  userId: string;

  @Field(() => UUIDScalar, { nullable: true, description: 'The project it belongs to, if any.' })
  projectId: string | null;

  @Field({
    description:
      'What it is active in: "" by default, a project, or one conversation of a channel. One active session each.',
  })
  scope: string;

  @Field(() => SessionPrivacy, { description: 'Who else is there to hear what is said.' })
  privacy: SessionPrivacy;

  @Field(() => SessionType, { description: 'Text or voice.' })
  type: SessionType;

  @Field(() => String, { nullable: true, description: 'Where it takes place, such as "web" or "telegram".' })
  channel: string | null;

  @Field(() => String, { nullable: true, description: "The channel's own id of the person." })
  externalUserId: string | null;

  @Field(() => String, { nullable: true, description: "The channel's own id of the conversation." })
  externalChatId: string | null;

  @Field(() => String, { nullable: true, description: 'Title; null until given or generated.' })
  title: string | null;

  @Field(() => TitleSource, {
    nullable: true,
    description: 'Who gave the title, or took it away; null as long as there is none.',
  })
  titleSource: TitleSource | null;

  @Field(() => [String], { description: 'Tags, each once, in the order given.' })
  tags: string[];

  @Field({ description: 'Whether the user pinned it; retention spares pinned sessions.' })
  pinned: boolean;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When it was archived; null when it is not. An archived session leaves the lists that do not ask for it, and is ' +
      'otherwise as before: it is recalled, and can be active.',
  })
  archivedAt: string | null;

  @Field(() => DateTimeScalar, { description: 'When it began.' })
  startedAt: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ended; null while active.' })
  endedAt: string | null;

  @Field(() => EndReason, { nullable: true, description: 'Why it ended; null while active.' })
  endReason: EndReason | null;

  @Field(() => DateTimeScalar, { description: 'When something last happened in it.' })
  lastActivityAt: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it ends at the latest; null without a lifetime.',
  })
  expiresAt: string | null;

  @Field(() => Int, { description: 'Seconds without activity after which it ends.' })
  idleTimeoutSeconds: number;

  @Field({
    description:
      'Whether it has not ended. A session that nobody touches is ended by the sweeper within a minute of its timeout.',
  })
  active: boolean;

  @Field(() => Float, {
    description:
      'Seconds spent in it, with milliseconds: from its start to its end, or to its last activity while active, ' +
      'without the time between an end and a resume.',
  })
  durationSeconds: number;

  @Field(() => String, {
    nullable: true,
    description:
      'What it was about in a few words, when it has ended: by the client, else by a summary in the background.',
  })
  contextSummary: string | null;

  @Field(() => JSONScalar, {
    nullable: true,
    description:
      '`{topics: [text], mood: text, summary: text}`, when it has ended: by the client, else by a summary in the background.',
  })
  sessionContext: Record<string, unknown> | null;

  @Field(() => JSONScalar, {
    nullable: true,
    description: "The project's state when the session started, as the client gave it.",
  })
  snapshotAtStart: Record<string, unknown> | null;

  @Field(() => JSONScalar, {
    description: 'Preferences and variables; changed by merge patch with `updateSessionState`.',
  })
  state: Record<string, unknown>;

  @Field(() => Int, { description: 'Version of `state`, from 0; every change adds 1.' })
  stateVersion: number;

  @Field(() => JSONScalar, { description: "The client's own data." })
  metadata: Record<string, unknown>;

  @Field(() => Int, { description: 'Tokens its live part should stay within.' })
  tokenLimit: number;

  @count(
    'Number of interactions. This and the counts that follow are of its own turns: what a fork has of other sessions is ' +
      'counted there, and passes to a fork only when they are deleted or cleared.',
  )
  interactionCount: number;

  @count('Number of messages of the user.')
  userMessageCount: number;

  @count('Number of messages of the assistant.')
  assistantMessageCount: number;

  @count('Number of system messages.')
  systemMessageCount: number;

  @count('Number of tool messages.')
  toolMessageCount: number;

  @count('Number of tool messages that name the tool that was called.')
  toolCallCount: number;

  @count('Number of errors: failed interactions and steps that are errors.')
  errorCount: number;

  @Field(() => SafeIntScalar, { description: 'Tokens of user, system and tool messages (o200k_base).' })
  inputTokens: number;

  @Field(() => SafeIntScalar, { description: 'Tokens of assistant messages (o200k_base).' })
  outputTokens: number;

  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'The session it is a fork of. When that is deleted it becomes a fork of what that one was a fork of; null when ' +
      'there is nothing any more, and of a session that is no fork.',
  })
  parentSessionId: string | null;

  /** The last interaction it has of its parent; null when that was deleted or it was cleared, and of what is no fork. */
  forkPointId: string | null;

  @Field(() => RevisionScalar, { description: "The user's revision at its last change." })
  revision: number;
}

/** A session, and whose it is: what background work is about. */
export interface SessionReference {
  userId: string;
  sessionId: string;
}

/** A session as a list reads it. */
export interface ListedSession extends Session {
  /** What the list is sorted by. */
  place: string | number;
  /** Its first and last message, read where they are selected. */
  preview?: object | null;
  lastMessage?: object | null;
}

export const SessionConnection = connectionType(Session, 'Session');

@ObjectType({ description: 'A change of a session: started, updated, ended, resumed, cleared or deleted.' })
export class SessionChangedEvent {
  @Field(() => RevisionScalar, {
    description: 'Revision of the change: pass the last one seen as `after` to go on from there.',
  })
  revision: number;

  @Field(() => ChangeKind, { description: 'What happened: a SESSION_ kind.' })
  kind: ChangeKind;

  @Field(() => UUIDScalar, { description: 'The session it happened to.' })
  sessionId: string;

  @Field(() => Session, {
    nullable: true,
    description: 'The session as it is when the event is delivered; null when it has been deleted.',
  })
  session: Session | null;
}
