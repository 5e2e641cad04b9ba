// Written by `npm run schema` from operations.graphql and schema.gql; `npm run schema:check` compares it.

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> =
  T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** One message. USER opens an interaction. Any other role joins the newest interaction of the session while that is pending (ASSISTANT completes it), and is an interaction of its own otherwise. */
export type AddMessageInput = {
  /** For TOOL: what it was called with. A JSON object, at most 256 KiB, 32 levels. */
  arguments?: Record<string, unknown> | null | undefined;
  /** Channel of a session that is created. At most 256 bytes of UTF-8. */
  channel?: string | null | undefined;
  /** What is said. At most 1 MiB of UTF-8. */
  content: string;
  /** The context handed to the model. A JSON object, at most 256 KiB, 32 levels. */
  contextUsed?: Record<string, unknown> | null | undefined;
  /** An id of your own makes the call safe to repeat: the same call returns what is stored, another payload under the same id is a CONFLICT, and so is the id of what has been deleted. */
  id?: string | null | undefined;
  /** Your own data, attachments among it. A JSON object, at most 256 KiB, 32 levels. */
  metadata?: Record<string, unknown> | null | undefined;
  /** Text or voice; by the session's type by default. */
  modality?: Modality | null | undefined;
  /** When it happened, for imports and offline queues; now by default, at most 5 minutes ahead. It decides about idle time and durations, never about order: the log keeps the order in which it was told. */
  occurredAt?: string | null | undefined;
  /** Who speaks. */
  role: MessageRole;
  /** Scope to get or create the session in; "" by default. Not together with `sessionId`. At most 256 bytes of UTF-8. */
  scope?: string | null | undefined;
  /** The session; one that has ended is resumed. Left out: get-or-create in `scope`. NOT_FOUND when there is none. */
  sessionId?: string | null | undefined;
  /** Type of the session to get or create: another type than the active one begins a new session. Left out: whatever is active. Not together with `sessionId`. */
  sessionType?: SessionType | null | undefined;
  /** For TOOL: the tool that was called. Not empty, at most 256 bytes of UTF-8. */
  toolName?: string | null | undefined;
};

/** What to remember, for what. */
export type BuildContextInput = {
  /** Which sections to build; all by default. */
  include?: Array<ContextSectionName> | null | undefined;
  /** How many of the newest interactions to give as messages; 20 by default. From 0 to 100. */
  maxRecent?: number | null | undefined;
  /** What is about to be answered: the question, usually. At most 8 KiB of UTF-8. */
  query: string;
  /** The session it is asked in: the newest turns are those of its history; where it was forked, or is a fork, the other branches are left out, and in a group's scope nothing is remembered but what was said there with the privacy GROUP (of its newest 1,025 turns). Left out: the newest of all sessions; required of a service key that acts for somebody. NOT_FOUND when there is none. */
  sessionId?: string | null | undefined;
  /** How to divide it; most to what is relevant by default. */
  split?: ContextSplitInput | null | undefined;
  /** Tokens (o200k_base) that the system prompt and the messages take at the most; 4000 by default. From 200 to 200,000. */
  tokenBudget?: number | null | undefined;
};

/** What one step of the revision did. */
export type ChangeKind =
  /** A backup was made. */
  | 'BACKUP_COMPLETED'
  /** A backup was deleted, by the user or because there are newer ones. */
  | 'BACKUP_DELETED'
  /** A backup could not be made; it is tried again. */
  | 'BACKUP_FAILED'
  /** A backup was asked for, by the user or the schedule. */
  | 'BACKUP_REQUESTED'
  /** Facts of the profile were learnt from interactions, or became surer. */
  | 'FACTS_LEARNT'
  /** The user added a fact to the profile. */
  | 'FACT_ADDED'
  /** The user corrected a fact of the profile. */
  | 'FACT_CORRECTED'
  /** A fact of the profile was forgotten at the wish of the user. */
  | 'FACT_FORGOTTEN'
  /** A fact of the profile was pinned or unpinned. */
  | 'FACT_PINNED'
  /** A pending interaction got its answer. */
  | 'INTERACTION_COMPLETED'
  /** An interaction was deleted, and with it the summaries that cover it: told of its session, and of every fork that had it. */
  | 'INTERACTION_DELETED'
  /** A pending interaction failed. */
  | 'INTERACTION_FAILED'
  /** A question was stored, or is answered once more; its answer is pending. */
  | 'INTERACTION_OPENED'
  /** A whole interaction was stored. */
  | 'INTERACTION_RECORDED'
  /** Steps, metadata or feedback of an interaction changed. */
  | 'INTERACTION_UPDATED'
  /** All interactions of a session were deleted; the session stays. */
  | 'SESSION_CLEARED'
  /** A session was deleted with everything in it. */
  | 'SESSION_DELETED'
  /** A session ended; its `endReason` says why. */
  | 'SESSION_ENDED'
  /** An ended session became active again. */
  | 'SESSION_RESUMED'
  /** A session began. */
  | 'SESSION_STARTED'
  /** Title, tags, pin, metadata, limits or state of a session changed. */
  | 'SESSION_UPDATED'
  /** Somebody accepted an invitation to a session. */
  | 'SHARE_ACCEPTED'
  /** A session was shared by a link, or somebody was invited to it. */
  | 'SHARE_CREATED'
  /** A link or an invitation was revoked, or an invitation declined. */
  | 'SHARE_REVOKED'
  /** A summary of a session was stored; others may have been folded into it. */
  | 'SUMMARY_CREATED'
  /** A summary of a session was taken out of force. */
  | 'SUMMARY_REVERTED'
  /** A summary of a session was pinned or unpinned. */
  | 'SUMMARY_UPDATED'
  /** A template of sessions was created. */
  | 'TEMPLATE_CREATED'
  /** A template of sessions was deleted. */
  | 'TEMPLATE_DELETED'
  /** A template of sessions was changed. */
  | 'TEMPLATE_UPDATED'
  /** The user changed their settings. */
  | 'USER_UPDATED';

/** A part of a context. */
export type ContextSectionName =
  /** What is known of the user. */
  | 'PROFILE'
  /** What was said about the query, in the system prompt. */
  | 'RECALLED'
  /** The newest turns, as messages. */
  | 'RECENT'
  /** Summaries of sessions. */
  | 'SUMMARIES'
  /** What the session began with, if that is of the role SYSTEM, as the first message; whole or not at all. */
  | 'SYSTEM_NOTE';

/** How to divide the budget, as parts of their sum. What a section does not use, the others get. */
export type ContextSplitInput = {
  /** For what is known of the user. 0.1 by default. */
  profile?: number | null | undefined;
  /** For what was said about the query. 0.6 by default. */
  recalled?: number | null | undefined;
  /** For the newest turns. 0.15 by default. */
  recent?: number | null | undefined;
  /** For summaries of sessions. 0.15 by default. */
  summaries?: number | null | undefined;
};

/** Why a session ended. */
export type EndReason =
  /** Its absolute lifetime ran out; it ended at that moment. */
  | 'EXPIRED'
  /** The client ended it. */
  | 'EXPLICIT'
  /** Nothing happened for the idle timeout; it ended when it was last active. */
  | 'IDLE_TIMEOUT'
  /** The user logged out. */
  | 'LOGGED_OUT'
  /** The type changed, from text to voice or back. */
  | 'MODE_CHANGED'
  /** Another session was started or resumed in the same scope. */
  | 'SUPERSEDED';

/** The end of a session. */
export type EndSessionInput = {
  /** What it was about, for `contextSummary`. At most 64 KiB of UTF-8. */
  contextSummary?: string | null | undefined;
  /** The session. */
  id: string;
  /** When it happened, for imports and offline queues; now by default, at most 5 minutes ahead. It decides about idle time and durations, never about order: the log keeps the order in which it was told. */
  occurredAt?: string | null | undefined;
  /** `{topics, mood, summary}` for `sessionContext`. A JSON object, at most 256 KiB, 32 levels. */
  sessionContext?: Record<string, unknown> | null | undefined;
};

/** How far an interaction has come. */
export type InteractionStatus =
  /** Nothing more is awaited. */
  | 'COMPLETED'
  /** It ended with an error; an answer, if any, is partial. */
  | 'FAILED'
  /** The question is stored; the answer is awaited. */
  | 'PENDING';

/** Who wants to sign in. */
export type LoginInput = {
  /** E-mail address of the account, in any case. At most 254 bytes of UTF-8. */
  email: string;
  /** Password of the account. At most 256 bytes of UTF-8. */
  password: string;
};

/** Who speaks. */
export type MessageRole =
  /** The AI. */
  | 'ASSISTANT'
  /** A note of the system, errors among them. */
  | 'SYSTEM'
  /** A tool: what it was asked and what it returned. */
  | 'TOOL'
  /** The person. */
  | 'USER';

/** How an interaction was said. */
export type Modality =
  /** Written. */
  | 'TEXT'
  /** Spoken; texts are transcripts. */
  | 'VOICE';

/** An error that happened in an interaction or session. */
export type RecordErrorInput = {
  /** Channel of a session that is created. At most 256 bytes of UTF-8. */
  channel?: string | null | undefined;
  /** Code of the error, in your own terms. Not empty, at most 256 bytes of UTF-8. */
  code?: string | null | undefined;
  /** An id of your own makes the call safe to repeat: the same call returns what is stored, another payload under the same id is a CONFLICT, and so is the id of what has been deleted. */
  id?: string | null | undefined;
  /** The interaction it happened in. Left out: the session decides, as with `addMessage`. */
  interactionId?: string | null | undefined;
  /** What went wrong. Not empty, at most 1 MiB of UTF-8. */
  message: string;
  /** When it happened, for imports and offline queues; now by default, at most 5 minutes ahead. It decides about idle time and durations, never about order: the log keeps the order in which it was told. */
  occurredAt?: string | null | undefined;
  /** Scope to get or create the session in; "" by default. Not together with `sessionId`. At most 256 bytes of UTF-8. */
  scope?: string | null | undefined;
  /** The session; one that has ended is resumed. Left out: get-or-create in `scope`. NOT_FOUND when there is none. */
  sessionId?: string | null | undefined;
  /** Type of the session to get or create: another type than the active one begins a new session. Left out: whatever is active. Not together with `sessionId`. */
  sessionType?: SessionType | null | undefined;
};

/** A call of a tool. */
export type RecordToolCallInput = {
  /** What it was called with. A JSON object, at most 256 KiB, 32 levels. */
  arguments?: Record<string, unknown> | null | undefined;
  /** Channel of a session that is created. At most 256 bytes of UTF-8. */
  channel?: string | null | undefined;
  /** An id of your own makes the call safe to repeat: the same call returns what is stored, another payload under the same id is a CONFLICT, and so is the id of what has been deleted. */
  id?: string | null | undefined;
  /** The interaction it happened in. Left out: the session decides, as with `addMessage`. */
  interactionId?: string | null | undefined;
  /** Whether the call failed; false by default. */
  isError?: boolean | null | undefined;
  /** When it happened, for imports and offline queues; now by default, at most 5 minutes ahead. It decides about idle time and durations, never about order: the log keeps the order in which it was told. */
  occurredAt?: string | null | undefined;
  /** What it returned. At most 1 MiB of UTF-8. */
  result?: string | null | undefined;
  /** Scope to get or create the session in; "" by default. Not together with `sessionId`. At most 256 bytes of UTF-8. */
  scope?: string | null | undefined;
  /** The session; one that has ended is resumed. Left out: get-or-create in `scope`. NOT_FOUND when there is none. */
  sessionId?: string | null | undefined;
  /** Type of the session to get or create: another type than the active one begins a new session. Left out: whatever is active. Not together with `sessionId`. */
  sessionType?: SessionType | null | undefined;
  /** The tool. Not empty, at most 256 bytes of UTF-8. */
  toolName: string;
};

/** A new account. */
export type RegisterInput = {
  /** Name to show. Not empty, at most 200 bytes of UTF-8. */
  displayName?: string | null | undefined;
  /** E-mail address, at most 254 bytes of ASCII; kept in lower case. CONFLICT when it has an account. */
  email: string;
  /** Password, at least 10 characters and at most 256 bytes. */
  password: string;
  /** IANA time zone such as "Europe/Berlin"; "UTC" when left out; not null. */
  timeZone?: string | null | undefined;
};

/** A question to be answered here. */
export type SendMessageInput = {
  /** Channel of a session that is created. At most 256 bytes of UTF-8. */
  channel?: string | null | undefined;
  /** An id of your own makes the call safe to repeat: the same call returns what is stored, and no model is asked twice; another payload under the same id is a CONFLICT. */
  id?: string | null | undefined;
  /** Your own data, attachments among it. A JSON object, at most 256 KiB, 32 levels. */
  metadata?: Record<string, unknown> | null | undefined;
  /** Text or voice; by the session's type by default. */
  modality?: Modality | null | undefined;
  /** Scope to get or create the session in; "" by default. Not together with `sessionId`. At most 256 bytes of UTF-8. */
  scope?: string | null | undefined;
  /** The session; one that has ended is resumed. Left out: get-or-create in `scope`. NOT_FOUND when there is none. */
  sessionId?: string | null | undefined;
  /** Type of the session to get or create: another type than the active one begins a new session. Left out: whatever is active. Not together with `sessionId`. */
  sessionType?: SessionType | null | undefined;
  /** What the user asks. Not empty, at most 1 MiB of UTF-8. */
  text: string;
  /** Tokens (o200k_base) of what is remembered for the answer, as for `buildContext`; 4,000 by default. From 200 to 200,000. */
  tokenBudget?: number | null | undefined;
  /** Whether to answer when the answer is complete, or has failed, instead of at once; false by default. When that takes longer than the model is given, the interaction is returned as it is then. */
  wait?: boolean | null | undefined;
};

/** Which sessions. All conditions hold together; those left out, or null, do not restrict. */
export type SessionFilterInput = {
  /** Only active ones, or only ended ones. */
  active?: boolean | null | undefined;
  /** Only archived ones, or only those that are not. Left out, lists leave archived ones out; null is both. */
  archived?: boolean | null | undefined;
  /** Only of this channel. At most 256 bytes of UTF-8. */
  channel?: string | null | undefined;
  /** Only those with errors, or only those without. */
  hasErrors?: boolean | null | undefined;
  /** Only pinned ones, or only those that are not. */
  pinned?: boolean | null | undefined;
  /** Only of this privacy. With the scope of a group, GROUP is what may be shown there. */
  privacy?: SessionPrivacy | null | undefined;
  /** Only of this project. */
  projectId?: string | null | undefined;
  /** Only of this scope; "" is the default scope. At most 256 bytes of UTF-8. */
  scope?: string | null | undefined;
  /** Only those started before then. */
  startedBefore?: string | null | undefined;
  /** Only those started then or later. */
  startedFrom?: string | null | undefined;
  /** Only those that have all of these tags. At most 50 of 64 bytes. */
  tagsAll?: Array<string> | null | undefined;
  /** Only those that have at least one of these tags. At most 50 of 64 bytes. */
  tagsAny?: Array<string> | null | undefined;
  /** Only those whose title (the first 100 characters) and tags hold all of these words, or parts of words, whatever their case and accents. What was said is found by `searchSessions`. At most 256 bytes of UTF-8. */
  text?: string | null | undefined;
  /** Only of this type. */
  type?: SessionType | null | undefined;
};

/** What get-or-create looks for, and what a session it creates is like. */
export type SessionInput = {
  /** Where it takes place. At most 256 bytes of UTF-8. */
  channel?: string | null | undefined;
  /** The channel's id of one of several conversations in the chat, such as a thread. At most 256 bytes of UTF-8. */
  conversationId?: string | null | undefined;
  /** The channel's id of the chat. At most 256 bytes of UTF-8. */
  externalChatId?: string | null | undefined;
  /** The channel's id of the person. At most 256 bytes of UTF-8. */
  externalUserId?: string | null | undefined;
  /** Seconds without activity after which it ends; else the user's, else the server's. From 1 to 2,592,000. */
  idleTimeoutSeconds?: number | null | undefined;
  /** Seconds from its start after which it ends in any case; none by default. From 1 to 31,536,000. */
  lifetimeSeconds?: number | null | undefined;
  /** Your own data. A JSON object, at most 256 KiB, 32 levels. */
  metadata?: Record<string, unknown> | null | undefined;
  /** When it happened, for imports and offline queues; now by default, at most 5 minutes ahead. It decides about idle time and durations, never about order: the log keeps the order in which it was told. */
  occurredAt?: string | null | undefined;
  /** Pinned from the start; false by default. */
  pinned?: boolean | null | undefined;
  /** Who else is there. By default GROUP in a scope that has been a group's, in a chat whose id is not the person's, and in a scope of a bot's platform that is not the person's own chat there (`telegram:12345`); else PRIVATE. An active session of another privacy ends. CONFLICT for PRIVATE in a group's scope. */
  privacy?: SessionPrivacy | null | undefined;
  /** The project a new session belongs to. */
  projectId?: string | null | undefined;
  /** What the session is active in. By default made of `channel`, `externalChatId` and `conversationId`, such as "telegram:-100:7", and "" without the latter two. At most 256 bytes of UTF-8. */
  scope?: string | null | undefined;
  /** The project's state as it is now, kept with the session. A JSON object, at most 256 KiB, 32 levels. */
  snapshotAtStart?: Record<string, unknown> | null | undefined;
  /** Initial state. A JSON object, at most 256 KiB, 32 levels. */
  state?: Record<string, unknown> | null | undefined;
  /** Tags. At most 50 of 64 bytes. */
  tags?: Array<string> | null | undefined;
  /** Title. At most 1 KiB of UTF-8. */
  title?: string | null | undefined;
  /** Token limit; else the server's. From 100 to 10,000,000. */
  tokenLimit?: number | null | undefined;
  /** Text or voice. Left out: whatever is active, and TEXT_CHAT for a new one. */
  type?: SessionType | null | undefined;
};

/** Who else is there to hear what is said. */
export type SessionPrivacy =
  /** Others: nothing is remembered but what was said in the same scope, when it was theirs. */
  | 'GROUP'
  /** Nobody: all of the history may be remembered. */
  | 'PRIVATE';

/** How the user and the AI talk in a session. */
export type SessionType =
  /** By written messages. */
  | 'TEXT_CHAT'
  /** By speech; messages are transcripts. */
  | 'VOICE_CALL';

/** A new session. */
export type StartSessionInput = {
  /** Where it takes place. At most 256 bytes of UTF-8. */
  channel?: string | null | undefined;
  /** The channel's id of one of several conversations in the chat, such as a thread. At most 256 bytes of UTF-8. */
  conversationId?: string | null | undefined;
  /** The channel's id of the chat. At most 256 bytes of UTF-8. */
  externalChatId?: string | null | undefined;
  /** The channel's id of the person. At most 256 bytes of UTF-8. */
  externalUserId?: string | null | undefined;
  /** An id of your own makes the call safe to repeat: the same call returns the stored session, another one under the same id is a CONFLICT. */
  id?: string | null | undefined;
  /** Seconds without activity after which it ends; else the user's, else the server's. From 1 to 2,592,000. */
  idleTimeoutSeconds?: number | null | undefined;
  /** Seconds from its start after which it ends in any case; none by default. From 1 to 31,536,000. */
  lifetimeSeconds?: number | null | undefined;
  /** Your own data. A JSON object, at most 256 KiB, 32 levels. */
  metadata?: Record<string, unknown> | null | undefined;
  /** When it happened, for imports and offline queues; now by default, at most 5 minutes ahead. It decides about idle time and durations, never about order: the log keeps the order in which it was told. */
  occurredAt?: string | null | undefined;
  /** Pinned from the start; false by default. */
  pinned?: boolean | null | undefined;
  /** Who else is there. By default GROUP in a scope that has been a group's, in a chat whose id is not the person's, and in a scope of a bot's platform that is not the person's own chat there (`telegram:12345`); else PRIVATE. An active session of another privacy ends. CONFLICT for PRIVATE in a group's scope. */
  privacy?: SessionPrivacy | null | undefined;
  /** The project a new session belongs to. */
  projectId?: string | null | undefined;
  /** What the session is active in. By default made of `channel`, `externalChatId` and `conversationId`, such as "telegram:-100:7", and "" without the latter two. At most 256 bytes of UTF-8. */
  scope?: string | null | undefined;
  /** The project's state as it is now, kept with the session. A JSON object, at most 256 KiB, 32 levels. */
  snapshotAtStart?: Record<string, unknown> | null | undefined;
  /** Initial state. A JSON object, at most 256 KiB, 32 levels. */
  state?: Record<string, unknown> | null | undefined;
  /** Tags. At most 50 of 64 bytes. */
  tags?: Array<string> | null | undefined;
  /** Title. At most 1 KiB of UTF-8. */
  title?: string | null | undefined;
  /** Token limit; else the server's. From 100 to 10,000,000. */
  tokenLimit?: number | null | undefined;
  /** Text or voice. Left out: whatever is active, and TEXT_CHAT for a new one. */
  type?: SessionType | null | undefined;
};

/** What to change of a session; what is left out stays. */
export type UpdateSessionInput = {
  /** Archive, or restore from the archive. */
  archived?: boolean | null | undefined;
  /** What it was about; null removes it. At most 64 KiB of UTF-8. */
  contextSummary?: string | null | undefined;
  /** The session. */
  id: string;
  /** Seconds without activity. From 1 to 2,592,000. */
  idleTimeoutSeconds?: number | null | undefined;
  /** JSON merge patch (RFC 7396) to apply to `metadata`, which must stay within 512 KiB. */
  metadata?: Record<string, unknown> | null | undefined;
  /** Pin or unpin. */
  pinned?: boolean | null | undefined;
  /** `{topics, mood, summary}`; null removes it. A JSON object, at most 256 KiB, 32 levels. */
  sessionContext?: Record<string, unknown> | null | undefined;
  /** Replaces the tags. At most 50 of 64 bytes. */
  tags?: Array<string> | null | undefined;
  /** Title; null removes it, and no other is generated. At most 1 KiB of UTF-8. */
  title?: string | null | undefined;
  /** Token limit. From 100 to 10,000,000. */
  tokenLimit?: number | null | undefined;
};

export type RegisterMutationVariables = Exact<{
  input: RegisterInput;
}>;

export type RegisterMutation = {
  register: { accessToken: string; accessTokenExpiresAt: string; refreshToken: string; user: { id: string } };
};

export type LoginMutationVariables = Exact<{
  input: LoginInput;
}>;

export type LoginMutation = {
  login: { accessToken: string; accessTokenExpiresAt: string; refreshToken: string; user: { id: string } };
};

export type RefreshTokenMutationVariables = Exact<{
  refreshToken: string;
}>;

export type RefreshTokenMutation = {
  refreshToken: { accessToken: string; accessTokenExpiresAt: string; refreshToken: string };
};

export type LogoutMutationVariables = Exact<{
  refreshToken?: string | null | undefined;
}>;

export type LogoutMutation = { logout: boolean };

export type TokensFragment = { accessToken: string; accessTokenExpiresAt: string; refreshToken: string };

export type MeQueryVariables = Exact<{ [key: string]: never }>;

export type MeQuery = { me: { id: string; revision: number } };

export type StartSessionMutationVariables = Exact<{
  input: StartSessionInput;
}>;

export type StartSessionMutation = { startSession: { id: string } };

export type GetOrCreateSessionMutationVariables = Exact<{
  input: SessionInput;
}>;

export type GetOrCreateSessionMutation = {
  getOrCreateSession: {
    id: string;
    title: string | null;
    type: SessionType;
    scope: string;
    tags: Array<string>;
    pinned: boolean;
    active: boolean;
    startedAt: string;
    endedAt: string | null;
    endReason: EndReason | null;
    lastActivityAt: string;
    durationSeconds: number;
    interactionCount: number;
    userMessageCount: number;
    assistantMessageCount: number;
    inputTokens: number;
    outputTokens: number;
    metadata: Record<string, unknown>;
  };
};

export type UpdateSessionMutationVariables = Exact<{
  input: UpdateSessionInput;
}>;

export type UpdateSessionMutation = { updateSession: { id: string } };

export type EndSessionMutationVariables = Exact<{
  input: EndSessionInput;
}>;

export type EndSessionMutation = { endSession: { id: string } };

export type ClearMessagesMutationVariables = Exact<{
  id: string;
}>;

export type ClearMessagesMutation = { clearMessages: { id: string } };

export type DeleteSessionMutationVariables = Exact<{
  id: string;
}>;

export type DeleteSessionMutation = { deleteSession: string };

export type AddMessageMutationVariables = Exact<{
  input: AddMessageInput;
}>;

export type AddMessageMutation = {
  addMessage: { interaction: { id: string }; message: { id: string }; session: { id: string } };
};

export type SendMessageMutationVariables = Exact<{
  input: SendMessageInput;
}>;

export type SendMessageMutation = {
  sendMessage: {
    interaction: {
      id: string;
      sessionId: string;
      status: InteractionStatus;
      answer: string | null;
      error: string | null;
    };
  };
};

export type AnswerStreamedSubscriptionVariables = Exact<{
  interactionId: string;
}>;

export type AnswerStreamedSubscription = {
  answerStreamed: { offset: number; text: string; done: boolean; status: InteractionStatus };
};

export type LinkIdentityMutationVariables = Exact<{
  code: string;
}>;

export type LinkIdentityMutation = { linkIdentity: { id: string } };

export type RecordToolCallMutationVariables = Exact<{
  input: RecordToolCallInput;
}>;

export type RecordToolCallMutation = { recordToolCall: { interaction: { id: string } } };

export type RecordErrorMutationVariables = Exact<{
  input: RecordErrorInput;
}>;

export type RecordErrorMutation = { recordError: { interaction: { id: string } } };

export type SessionFieldsFragment = {
  id: string;
  title: string | null;
  type: SessionType;
  scope: string;
  tags: Array<string>;
  pinned: boolean;
  active: boolean;
  startedAt: string;
  endedAt: string | null;
  endReason: EndReason | null;
  lastActivityAt: string;
  durationSeconds: number;
  interactionCount: number;
  userMessageCount: number;
  assistantMessageCount: number;
  inputTokens: number;
  outputTokens: number;
  metadata: Record<string, unknown>;
};

export type MessageFieldsFragment = {
  id: string;
  interactionId: string;
  role: MessageRole;
  content: string;
  at: string;
  tokens: number;
  toolName: string | null;
};

export type SessionsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: SessionFilterInput | null | undefined;
}>;

export type SessionsQuery = {
  sessions: {
    edges: Array<{
      node: {
        id: string;
        title: string | null;
        type: SessionType;
        scope: string;
        tags: Array<string>;
        pinned: boolean;
        active: boolean;
        startedAt: string;
        endedAt: string | null;
        endReason: EndReason | null;
        lastActivityAt: string;
        durationSeconds: number;
        interactionCount: number;
        userMessageCount: number;
        assistantMessageCount: number;
        inputTokens: number;
        outputTokens: number;
        metadata: Record<string, unknown>;
      };
    }>;
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
};

export type SessionQueryVariables = Exact<{
  id: string;
  after?: string | null | undefined;
}>;

export type SessionQuery = {
  session: {
    id: string;
    title: string | null;
    type: SessionType;
    scope: string;
    tags: Array<string>;
    pinned: boolean;
    active: boolean;
    startedAt: string;
    endedAt: string | null;
    endReason: EndReason | null;
    lastActivityAt: string;
    durationSeconds: number;
    interactionCount: number;
    userMessageCount: number;
    assistantMessageCount: number;
    inputTokens: number;
    outputTokens: number;
    metadata: Record<string, unknown>;
    messages: {
      edges: Array<{
        node: {
          id: string;
          interactionId: string;
          role: MessageRole;
          content: string;
          at: string;
          tokens: number;
          toolName: string | null;
        };
      }>;
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
    };
  };
};

export type BuildContextQueryVariables = Exact<{
  input: BuildContextInput;
}>;

export type BuildContextQuery = {
  buildContext: {
    systemPrompt: string;
    contextUsed: Record<string, unknown>;
    messages: Array<{ role: MessageRole; content: string }>;
  };
};

export type InteractionAddedSubscriptionVariables = Exact<{
  after?: number | null | undefined;
  sessionId?: string | null | undefined;
}>;

export type InteractionAddedSubscription = {
  interactionAdded: {
    revision: number;
    kind: ChangeKind;
    interaction: {
      id: string;
      sessionId: string;
      question: string | null;
      answer: string | null;
      status: InteractionStatus;
    };
  };
};

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const TokensFragmentDoc = new TypedDocumentString(
  `
    fragment Tokens on AuthPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
}
    `,
  { fragmentName: 'Tokens' },
) as unknown as TypedDocumentString<TokensFragment, unknown>;
export const SessionFieldsFragmentDoc = new TypedDocumentString(
  `
    fragment SessionFields on Session {
  id
  title
  type
  scope
  tags
  pinned
  active
  startedAt
  endedAt
  endReason
  lastActivityAt
  durationSeconds
  interactionCount
  userMessageCount
  assistantMessageCount
  inputTokens
  outputTokens
  metadata
}
    `,
  { fragmentName: 'SessionFields' },
) as unknown as TypedDocumentString<SessionFieldsFragment, unknown>;
export const MessageFieldsFragmentDoc = new TypedDocumentString(
  `
    fragment MessageFields on Message {
  id
  interactionId
  role
  content
  at
  tokens
  toolName
}
    `,
  { fragmentName: 'MessageFields' },
) as unknown as TypedDocumentString<MessageFieldsFragment, unknown>;
export const RegisterDocument = new TypedDocumentString(`
    mutation Register($input: RegisterInput!) {
  register(input: $input) {
    ...Tokens
    user {
      id
    }
  }
}
    fragment Tokens on AuthPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
}`) as unknown as TypedDocumentString<RegisterMutation, RegisterMutationVariables>;
export const LoginDocument = new TypedDocumentString(`
    mutation Login($input: LoginInput!) {
  login(input: $input) {
    ...Tokens
    user {
      id
    }
  }
}
    fragment Tokens on AuthPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
}`) as unknown as TypedDocumentString<LoginMutation, LoginMutationVariables>;
export const RefreshTokenDocument = new TypedDocumentString(`
    mutation RefreshToken($refreshToken: String!) {
  refreshToken(refreshToken: $refreshToken) {
    ...Tokens
  }
}
    fragment Tokens on AuthPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
}`) as unknown as TypedDocumentString<RefreshTokenMutation, RefreshTokenMutationVariables>;
export const LogoutDocument = new TypedDocumentString(`
    mutation Logout($refreshToken: String) {
  logout(refreshToken: $refreshToken)
}
    `) as unknown as TypedDocumentString<LogoutMutation, LogoutMutationVariables>;
export const MeDocument = new TypedDocumentString(`
    query Me {
  me {
    id
    revision
  }
}
    `) as unknown as TypedDocumentString<MeQuery, MeQueryVariables>;
export const StartSessionDocument = new TypedDocumentString(`
    mutation StartSession($input: StartSessionInput!) {
  startSession(input: $input) {
    id
  }
}
    `) as unknown as TypedDocumentString<StartSessionMutation, StartSessionMutationVariables>;
export const GetOrCreateSessionDocument = new TypedDocumentString(`
    mutation GetOrCreateSession($input: SessionInput!) {
  getOrCreateSession(input: $input) {
    ...SessionFields
  }
}
    fragment SessionFields on Session {
  id
  title
  type
  scope
  tags
  pinned
  active
  startedAt
  endedAt
  endReason
  lastActivityAt
  durationSeconds
  interactionCount
  userMessageCount
  assistantMessageCount
  inputTokens
  outputTokens
  metadata
}`) as unknown as TypedDocumentString<GetOrCreateSessionMutation, GetOrCreateSessionMutationVariables>;
export const UpdateSessionDocument = new TypedDocumentString(`
    mutation UpdateSession($input: UpdateSessionInput!) {
  updateSession(input: $input) {
    id
  }
}
    `) as unknown as TypedDocumentString<UpdateSessionMutation, UpdateSessionMutationVariables>;
export const EndSessionDocument = new TypedDocumentString(`
    mutation EndSession($input: EndSessionInput!) {
  endSession(input: $input) {
    id
  }
}
    `) as unknown as TypedDocumentString<EndSessionMutation, EndSessionMutationVariables>;
export const ClearMessagesDocument = new TypedDocumentString(`
    mutation ClearMessages($id: UUID!) {
  clearMessages(id: $id) {
    id
  }
}
    `) as unknown as TypedDocumentString<ClearMessagesMutation, ClearMessagesMutationVariables>;
export const DeleteSessionDocument = new TypedDocumentString(`
    mutation DeleteSession($id: UUID!) {
  deleteSession(id: $id)
}
    `) as unknown as TypedDocumentString<DeleteSessionMutation, DeleteSessionMutationVariables>;
export const AddMessageDocument = new TypedDocumentString(`
    mutation AddMessage($input: AddMessageInput!) {
  addMessage(input: $input) {
    interaction {
      id
    }
    message {
      id
    }
    session {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<AddMessageMutation, AddMessageMutationVariables>;
export const SendMessageDocument = new TypedDocumentString(`
    mutation SendMessage($input: SendMessageInput!) {
  sendMessage(input: $input) {
    interaction {
      id
      sessionId
      status
      answer
      error
    }
  }
}
    `) as unknown as TypedDocumentString<SendMessageMutation, SendMessageMutationVariables>;
export const AnswerStreamedDocument = new TypedDocumentString(`
    subscription AnswerStreamed($interactionId: UUID!) {
  answerStreamed(interactionId: $interactionId) {
    offset
    text
    done
    status
  }
}
    `) as unknown as TypedDocumentString<AnswerStreamedSubscription, AnswerStreamedSubscriptionVariables>;
export const LinkIdentityDocument = new TypedDocumentString(`
    mutation LinkIdentity($code: String!) {
  linkIdentity(code: $code) {
    id
  }
}
    `) as unknown as TypedDocumentString<LinkIdentityMutation, LinkIdentityMutationVariables>;
export const RecordToolCallDocument = new TypedDocumentString(`
    mutation RecordToolCall($input: RecordToolCallInput!) {
  recordToolCall(input: $input) {
    interaction {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<RecordToolCallMutation, RecordToolCallMutationVariables>;
export const RecordErrorDocument = new TypedDocumentString(`
    mutation RecordError($input: RecordErrorInput!) {
  recordError(input: $input) {
    interaction {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<RecordErrorMutation, RecordErrorMutationVariables>;
export const SessionsDocument = new TypedDocumentString(`
    query Sessions($first: Int, $after: String, $filter: SessionFilterInput) {
  sessions(first: $first, after: $after, filter: $filter) {
    edges {
      node {
        ...SessionFields
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment SessionFields on Session {
  id
  title
  type
  scope
  tags
  pinned
  active
  startedAt
  endedAt
  endReason
  lastActivityAt
  durationSeconds
  interactionCount
  userMessageCount
  assistantMessageCount
  inputTokens
  outputTokens
  metadata
}`) as unknown as TypedDocumentString<SessionsQuery, SessionsQueryVariables>;
export const SessionDocument = new TypedDocumentString(`
    query Session($id: UUID!, $after: String) {
  session(id: $id) {
    ...SessionFields
    messages(first: 100, after: $after) {
      edges {
        node {
          ...MessageFields
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment SessionFields on Session {
  id
  title
  type
  scope
  tags
  pinned
  active
  startedAt
  endedAt
  endReason
  lastActivityAt
  durationSeconds
  interactionCount
  userMessageCount
  assistantMessageCount
  inputTokens
  outputTokens
  metadata
}
fragment MessageFields on Message {
  id
  interactionId
  role
  content
  at
  tokens
  toolName
}`) as unknown as TypedDocumentString<SessionQuery, SessionQueryVariables>;
export const BuildContextDocument = new TypedDocumentString(`
    query BuildContext($input: BuildContextInput!) {
  buildContext(input: $input) {
    systemPrompt
    messages {
      role
      content
    }
    contextUsed
  }
}
    `) as unknown as TypedDocumentString<BuildContextQuery, BuildContextQueryVariables>;
export const InteractionAddedDocument = new TypedDocumentString(`
    subscription InteractionAdded($after: Revision, $sessionId: UUID) {
  interactionAdded(after: $after, sessionId: $sessionId) {
    revision
    kind
    interaction {
      id
      sessionId
      question
      answer
      status
    }
  }
}
    `) as unknown as TypedDocumentString<InteractionAddedSubscription, InteractionAddedSubscriptionVariables>;
