-- Everything of one user lies together: `user_id` leads every primary and foreign key, so a row cannot point
-- to another user's row, and the tables can be distributed by it.

create table users (
  id uuid primary key,
  email text constraint users_email_key unique constraint users_email_lower check (email = lower(email)),
  password_hash text,
  issuer text,
  subject text,
  display_name text,
  time_zone text not null default 'UTC',
  idle_timeout_seconds integer,
  created_at timestamptz(3) not null default now(),
  constraint users_identity_key unique (issuer, subject),
  constraint users_can_sign_in check (
    (email is not null and password_hash is not null) or (issuer is not null and subject is not null)
  )
);

-- The counter of one user's changes. Every write takes its row lock first ("lock, then look"), which puts all
-- changes of a user in one order. A row of its own, with room on the page, so that each step is a heap-only update.
create table revisions (
  user_id uuid primary key constraint revisions_user_fkey references users on delete cascade,
  value bigint not null default 0
) with (fillfactor = 50);

create table refresh_tokens (
  user_id uuid not null constraint refresh_tokens_user_fkey references users on delete cascade,
  id uuid not null,
  family_id uuid not null,
  token_hash bytea not null constraint refresh_tokens_hash_key unique,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  revoked_at timestamptz(3),
  primary key (user_id, id)
);

create type session_type as enum ('TEXT_CHAT', 'VOICE_CALL');
create type end_reason as enum
  ('EXPLICIT', 'SUPERSEDED', 'MODE_CHANGED', 'IDLE_TIMEOUT', 'EXPIRED', 'LOGGED_OUT');

-- Counters change with every interaction, so no index may name them or the activity times: every record is then
-- a heap-only update. `updated_at` is the server's clock, for the sweeper; the other times are the session's own,
-- which an import sets. A resumed session has several periods: `prior_active_ms` sums the ended ones.
create table sessions (
  user_id uuid not null constraint sessions_user_fkey references users on delete cascade,
  id uuid not null,
  project_id uuid,
  scope text not null default '',
  type session_type not null,
  channel text,
  external_user_id text,
  external_chat_id text,
  title text,
  tags text[] not null default '{}',
  pinned boolean not null default false,
  started_at timestamptz(3) not null,
  ended_at timestamptz(3),
  end_reason end_reason,
  last_activity_at timestamptz(3) not null,
  expires_at timestamptz(3),
  lifetime_seconds integer,
  idle_timeout_seconds integer not null,
  period_started_at timestamptz(3) not null,
  prior_active_ms bigint not null default 0,
  context_summary text,
  session_context jsonb,
  snapshot_at_start jsonb,
  state jsonb not null default '{}',
  state_version integer not null default 0,
  metadata jsonb not null default '{}',
  token_limit integer not null,
  interaction_count integer not null default 0,
  user_message_count integer not null default 0,
  assistant_message_count integer not null default 0,
  system_message_count integer not null default 0,
  tool_message_count integer not null default 0,
  tool_call_count integer not null default 0,
  error_count integer not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  fingerprint bytea,
  revision bigint not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (user_id, id),
  constraint sessions_end_is_explained check ((ended_at is null) = (end_reason is null))
) with (fillfactor = 70);

-- At most one active session per user and scope, whatever happens concurrently. Also what the sweeper scans.
create unique index sessions_active_key on sessions (user_id, scope) where ended_at is null;
create index sessions_started_idx on sessions (user_id, started_at, id);
-- For retention, which looks for old ones of everybody.
create index sessions_ended_idx on sessions (ended_at) where ended_at is not null;

create type interaction_status as enum ('PENDING', 'COMPLETED', 'FAILED');
create type modality as enum ('TEXT', 'VOICE');

-- `sequence` is the user's revision at which the interaction was created: the one order of the log, within a
-- session and across them. `fingerprint` is a digest of the creating payload, by which a retry under a
-- client-supplied id is told from a conflict; null when the server made the id. `finish_fingerprint` does the same for
-- what completed or failed it.
create table interactions (
  user_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  sequence bigint not null,
  revision bigint not null,
  status interaction_status not null,
  modality modality not null,
  question text,
  answer text,
  steps jsonb not null default '[]',
  error text,
  error_code text,
  context_used jsonb,
  metadata jsonb not null default '{}',
  question_tokens integer not null default 0,
  answer_tokens integer not null default 0,
  step_tokens integer not null default 0,
  rating smallint,
  rating_comment text,
  occurred_at timestamptz(3) not null,
  created_at timestamptz(3) not null default now(),
  completed_at timestamptz(3),
  answer_id uuid,
  fingerprint bytea,
  finish_fingerprint bytea,
  primary key (user_id, id),
  constraint interactions_session_fkey foreign key (user_id, session_id) references sessions on delete cascade
) with (fillfactor = 90);

create unique index interactions_sequence_key on interactions (user_id, sequence);
create index interactions_session_idx on interactions (user_id, session_id, sequence);

-- Client-supplied ids of single messages that live inside an interaction (a step, an answer): what makes
-- their retries idempotent.
create table message_ids (
  user_id uuid not null,
  id uuid not null,
  interaction_id uuid not null,
  fingerprint bytea,
  primary key (user_id, id),
  constraint message_ids_interaction_fkey foreign key (user_id, interaction_id)
    references interactions on delete cascade
);
create index message_ids_interaction_idx on message_ids (user_id, interaction_id);

create type change_kind as enum (
  'SESSION_STARTED', 'SESSION_UPDATED', 'SESSION_ENDED', 'SESSION_RESUMED', 'SESSION_CLEARED', 'SESSION_DELETED',
  'INTERACTION_RECORDED', 'INTERACTION_OPENED', 'INTERACTION_COMPLETED', 'INTERACTION_FAILED',
  'INTERACTION_UPDATED', 'INTERACTION_DELETED', 'USER_UPDATED'
);

-- The log of everything live: one row for each step of the revision. It refers and never copies, so it outlives
-- what it tells of (a deletion is told too) without keeping a word of it.
create table changes (
  user_id uuid not null constraint changes_user_fkey references users on delete cascade,
  revision bigint not null,
  kind change_kind not null,
  session_id uuid,
  interaction_id uuid,
  at timestamptz(3) not null default now(),
  primary key (user_id, revision)
);

-- The second wall. The service works as `recollect_app`, which owns nothing and sees only rows of the user that
-- the statement itself names: `where "userId" = as_user($1)` opens the wall for that statement, and a statement
-- that forgets its user sees nothing.
do $$ begin
  if not exists (select from pg_roles where rolname = 'recollect_app') then
    create role recollect_app nologin;
  end if;
exception when duplicate_object or unique_violation then null; -- another database of the cluster was faster
end $$;
-- Whoever migrates must be able to become it.
do $$ begin
  if not pg_has_role(current_user, 'recollect_app', 'member') then grant recollect_app to current_user; end if;
exception when insufficient_privilege then
  raise exception 'The role % must be a member of recollect_app; a superuser can say: grant recollect_app to %',
    current_user, current_user;
end $$;
grant select, insert, update, delete
  on users, revisions, refresh_tokens, sessions, interactions, message_ids, changes to recollect_app;

-- The policy compares text on purpose: `user_id = ...` would be one more index condition, which the planner might
-- evaluate before as_user() has run. As a filter it runs on the rows that the statement's own condition let through.
-- All of them pass, which the planner cannot know; coalesce() makes it expect half instead of next to none, for which
-- it read and sorted the user's whole log (7 ms for 8,000 interactions) instead of the end of an index.
do $$
declare
  protected text;
begin
  foreach protected in array array['revisions', 'sessions', 'interactions', 'message_ids', 'changes'] loop
    execute format('alter table %I enable row level security', protected);
    execute format(
      'create policy own_rows on %I using (coalesce(user_id::text = current_setting(%L, true), false))',
      protected, 'recollect.user_id');
  end loop;
end $$;
