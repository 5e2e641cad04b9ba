-- Every write of a user's data is a command, and apply_commands() is the only way in: it names the user for
-- row-level security, takes the user's lock, runs the command, and moves the user's revision by the changes made.
--
-- Conventions of the functions below. `owner` is the user. `c` is the command. `r` is the last revision taken: a
-- function that makes changes takes r + 1, r + 2 ... and returns the last. Each statement of a plpgsql function has a
-- snapshot of its own, so what follows the lock sees all that was committed before it.

create type command_result as (
  revision bigint,
  session_id uuid,
  interaction_id uuid,
  error_code text,
  error_message text
);

create function refuse(r bigint, error_code text, error_message text) returns command_result
language sql immutable as $$
  select row(r, null, null, error_code, error_message)::command_result
$$;

create function done(r bigint, session_id uuid, interaction_id uuid) returns command_result
language sql immutable as $$
  select row(r, session_id, interaction_id, null, null)::command_result
$$;

create function log_change(owner uuid, kind change_kind, session_id uuid, interaction_id uuid, r bigint)
returns bigint language plpgsql as $$
begin
  insert into changes (user_id, revision, kind, session_id, interaction_id, at)
  values (owner, r + 1, kind, session_id, interaction_id, clock_timestamp());
  return r + 1;
end $$;

-- RFC 7396.
create function merge_patch(target jsonb, patch jsonb) returns jsonb language plpgsql immutable as $$
begin
  if jsonb_typeof(patch) is distinct from 'object' then return patch; end if;
  if jsonb_typeof(target) is distinct from 'object' then target := '{}'; end if;
  if patch = '{}' then return target; end if;
  return (
    select coalesce(
      jsonb_object_agg(key, case when p.value is null then t.value else merge_patch(t.value, p.value) end), '{}')
    from jsonb_each(target) t full join jsonb_each(patch) p using (key)
    where p.value is distinct from 'null'
  );
end $$;

-- A merged document may be twice as large as one that is sent: that much the spaces of jsonb's text can add.
create function is_too_large(document jsonb) returns boolean language sql immutable as $$
  select octet_length(document::text) > 524288
$$;

-- When something happened: as the client says (an import, an offline queue), else now.
create function moment(c jsonb) returns timestamptz language sql volatile as $$
  select coalesce((c ->> 'occurredAt')::timestamptz, date_trunc('milliseconds', clock_timestamp()))
$$;

create function uuid_of(c jsonb, key text) returns uuid language sql immutable as $$ select (c ->> key)::uuid $$;

-- ---------------------------------------------------------------------------------------------- sessions

create function idle_at(s sessions) returns timestamptz language sql stable as $$
  select s.last_activity_at + make_interval(secs => s.idle_timeout_seconds)
$$;

create function is_fresh(s sessions, at timestamptz) returns boolean language sql stable as $$
  select at < idle_at(s) and (s.expires_at is null or at < s.expires_at)
$$;

-- Ends a session. Expiry or idleness that came before `at` is the true reason, and then the session ended when it
-- expired or was last active, not when someone noticed.
create function close_session(s sessions, reason end_reason, at timestamptz, r bigint)
returns bigint language plpgsql as $$
declare
  ended timestamptz := greatest(at, s.last_activity_at);
begin
  if s.expires_at <= least(at, idle_at(s)) then
    reason := 'EXPIRED';
    ended := greatest(s.expires_at, s.last_activity_at);
  elsif idle_at(s) <= at then
    reason := 'IDLE_TIMEOUT';
    ended := s.last_activity_at;
  end if;
  update sessions
  set ended_at = ended, end_reason = reason, revision = r + 1, updated_at = clock_timestamp()
  where user_id = s.user_id and id = s.id;
  return log_change(s.user_id, 'SESSION_ENDED', s.id, null, r);
end $$;

create function active_session(owner uuid, in_scope text) returns sessions language sql stable as $$
  select s from sessions s where s.user_id = owner and s.scope = in_scope and s.ended_at is null
$$;

-- Makes room for an active session of `new_type` (null: of any) in its scope.
create function close_active(owner uuid, in_scope text, new_type session_type, at timestamptz, r bigint)
returns bigint language plpgsql as $$
declare
  active sessions := active_session(owner, in_scope);
begin
  if active.id is null then return r; end if;
  return close_session(
    active, case when active.type = new_type then 'SUPERSEDED' else 'MODE_CHANGED' end::end_reason, at, r);
end $$;

-- Inserts the session that the command describes. `past`: it is an import from before the active session, and
-- begins ended.
create function create_session(owner uuid, c jsonb, defaults jsonb, at timestamptz, past boolean, r bigint)
returns sessions language plpgsql as $$
declare
  created sessions;
  lifetime integer := coalesce((c ->> 'lifetimeSeconds')::integer, (defaults ->> 'lifetimeSeconds')::integer);
begin
  insert into sessions (
    user_id, id, project_id, scope, type, channel, external_user_id, external_chat_id, title, tags, pinned,
    started_at, period_started_at, last_activity_at, ended_at, end_reason, expires_at, idle_timeout_seconds,
    lifetime_seconds, snapshot_at_start, state, metadata, token_limit, fingerprint, revision
  ) values (
    owner, uuid_of(c, 'newSessionId'), uuid_of(c, 'projectId'), coalesce(c ->> 'scope', ''),
    coalesce(c ->> 'type', 'TEXT_CHAT')::session_type,
    c ->> 'channel', c ->> 'externalUserId', c ->> 'externalChatId', c ->> 'title',
    coalesce((select array_agg(tag) from jsonb_array_elements_text(c -> 'tags') tag), '{}'),
    coalesce((c ->> 'pinned')::boolean, false),
    at, at, at, case when past then at end, case when past then 'IDLE_TIMEOUT' end::end_reason,
    at + make_interval(secs => lifetime),
    coalesce(
      (c ->> 'idleTimeoutSeconds')::integer,
      (select u.idle_timeout_seconds from users u where u.id = owner),
      (defaults ->> 'idleTimeoutSeconds')::integer),
    lifetime, c -> 'snapshotAtStart', coalesce(c -> 'state', '{}'), coalesce(c -> 'sessionMetadata', '{}'),
    coalesce((c ->> 'tokenLimit')::integer, (defaults ->> 'tokenLimit')::integer),
    decode(c ->> 'sessionFingerprint', 'hex'), r + 1
  ) returning * into created;
  perform log_change(owner, 'SESSION_STARTED', created.id, null, r);
  return created;
end $$;

create type placement as (session_id uuid, type session_type, revision bigint);

-- Get-or-create: the active session of the scope if it is fresh and of the asked type, else a new one.
-- What happened before the active session began (an import) continues the past session it belongs to.
create function place(owner uuid, c jsonb, defaults jsonb, at timestamptz, r bigint)
returns placement language plpgsql as $$
declare
  in_scope text := coalesce(c ->> 'scope', '');
  wanted session_type := c ->> 'type';
  active sessions := active_session(owner, in_scope);
  past boolean := coalesce(c ? 'occurredAt' and at < active.started_at, false);
  earlier sessions;
begin
  if active.id is not null and not past then
    if is_fresh(active, at) and active.type = coalesce(wanted, active.type) then
      return row(active.id, active.type, r);
    end if;
    r := close_active(owner, in_scope, coalesce(wanted, active.type), at, r);
  elsif c ? 'occurredAt' then
    select s.* into earlier from sessions s
    where s.user_id = owner and s.scope = in_scope and s.started_at <= at
      and s.type = coalesce(wanted, s.type)
    order by s.started_at desc, s.id desc limit 1;
    if earlier.end_reason = 'IDLE_TIMEOUT' and is_fresh(earlier, at) then return row(earlier.id, earlier.type, r); end if;
  end if;
  active := create_session(owner, c, defaults, at, past, r);
  return row(active.id, active.type, active.revision);
end $$;

-- The session a command names, ready to be written to: one that ended or went stale is resumed, except for what
-- happened while it lasted and only arrives late, or before the session that is active now began.
create function continue_session(s sessions, c jsonb, at timestamptz, r bigint)
returns bigint language plpgsql as $$
begin
  if s.ended_at is null then
    if is_fresh(s, at) then return r; end if;
    r := close_session(s, 'IDLE_TIMEOUT', at, r);
  elsif c ? 'occurredAt' and (
    at <= s.ended_at
    or (s.end_reason = 'IDLE_TIMEOUT' and is_fresh(s, at))
    or at < (active_session(s.user_id, s.scope)).started_at
  ) then
    return r;
  end if;
  return resume(s.user_id, s.id, at, r);
end $$;

create function resume(owner uuid, session uuid, at timestamptz, r bigint)
returns bigint language plpgsql as $$
declare
  s sessions;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = session;
  r := close_active(owner, s.scope, s.type, at, r);
  -- The time in between was not spent in the session. A lifetime that has run out begins anew.
  update sessions
  set ended_at = null, end_reason = null,
      prior_active_ms = prior_active_ms + extract(epoch from s.ended_at - s.period_started_at) * 1000,
      period_started_at = greatest(at, s.ended_at), last_activity_at = greatest(at, s.ended_at),
      expires_at = case
        when s.expires_at <= at then at + make_interval(secs => s.lifetime_seconds) else s.expires_at end,
      revision = r + 1, updated_at = clock_timestamp()
  where user_id = owner and id = session;
  return log_change(owner, 'SESSION_RESUMED', session, null, r);
end $$;

create function start_session(owner uuid, c jsonb, defaults jsonb, r bigint)
returns command_result language plpgsql as $$
declare
  at timestamptz := moment(c);
  s sessions;
  past boolean;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'newSessionId');
  if found then
    if s.fingerprint = decode(c ->> 'sessionFingerprint', 'hex') then return done(r, s.id, null); end if;
    return refuse(r, 'CONFLICT', 'Another session is stored under this id.');
  end if;
  s := active_session(owner, coalesce(c ->> 'scope', ''));
  past := coalesce(c ? 'occurredAt' and at < s.started_at, false);
  if not past then
    r := close_active(owner, coalesce(c ->> 'scope', ''), coalesce(c ->> 'type', 'TEXT_CHAT')::session_type, at, r);
  end if;
  s := create_session(owner, c, defaults, at, past, r);
  return done(s.revision, s.id, null);
end $$;

create function get_or_create_session(owner uuid, c jsonb, defaults jsonb, r bigint)
returns command_result language plpgsql as $$
declare
  placed placement := place(owner, c, defaults, moment(c), r);
begin
  return done(placed.revision, placed.session_id, null);
end $$;

create function update_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  merged jsonb;
begin
  select merge_patch(s.metadata, coalesce(c -> 'metadata', '{}')) into merged
  from sessions s where s.user_id = owner and s.id = uuid_of(c, 'sessionId');
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  if c ? 'metadata' and is_too_large(merged) then return refuse(r, 'BAD_USER_INPUT', 'input.metadata'); end if;
  update sessions s
  set title = case when c ? 'title' then c ->> 'title' else s.title end,
      tags = case when c ? 'tags'
        then coalesce((select array_agg(tag) from jsonb_array_elements_text(c -> 'tags') tag), '{}') else s.tags end,
      pinned = coalesce((c ->> 'pinned')::boolean, s.pinned),
      context_summary = case when c ? 'contextSummary' then c ->> 'contextSummary' else s.context_summary end,
      session_context = case when c ? 'sessionContext' then nullif(c -> 'sessionContext', 'null') else s.session_context end,
      idle_timeout_seconds = coalesce((c ->> 'idleTimeoutSeconds')::integer, s.idle_timeout_seconds),
      token_limit = coalesce((c ->> 'tokenLimit')::integer, s.token_limit),
      metadata = merged, revision = r + 1, updated_at = clock_timestamp()
  where s.user_id = owner and s.id = uuid_of(c, 'sessionId');
  return done(
    log_change(owner, 'SESSION_UPDATED', uuid_of(c, 'sessionId'), null, r), uuid_of(c, 'sessionId'), null);
end $$;

create function update_session_state(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s sessions;
  merged jsonb;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'sessionId');
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  if s.state_version <> (c ->> 'expectedVersion')::integer then
    return refuse(r, 'CONFLICT', format('The state is at version %s: read it and merge again.', s.state_version));
  end if;
  merged := merge_patch(s.state, c -> 'patch');
  if is_too_large(merged) then return refuse(r, 'BAD_USER_INPUT', 'input.patch'); end if;
  update sessions
  set state = merged, state_version = state_version + 1, revision = r + 1, updated_at = clock_timestamp()
  where user_id = owner and id = s.id;
  return done(log_change(owner, 'SESSION_UPDATED', s.id, null, r), s.id, null);
end $$;

-- Ending an ended session changes nothing, unless it says what the session was about.
create function end_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s sessions;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'sessionId');
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  if c ?| array['contextSummary', 'sessionContext'] then
    r := (update_session(owner, c, r)).revision;
  end if;
  if s.ended_at is null then r := close_session(s, 'EXPLICIT', moment(c), r); end if;
  return done(r, s.id, null);
end $$;

create function end_sessions(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s sessions;
begin
  for s in select x.* from sessions x where x.user_id = owner and x.ended_at is null order by x.id loop
    r := close_session(s, (c ->> 'reason')::end_reason, moment(c), r);
  end loop;
  return done(r, null, null);
end $$;

-- For the sweeper: by the server's clock nobody touched the session for its whole timeout, or it expired.
create function is_abandoned(s sessions) returns boolean language sql stable as $$
  select s.ended_at is null and (
    (idle_at(s) <= now() and s.updated_at + make_interval(secs => s.idle_timeout_seconds) <= now())
    or (s.expires_at <= now()))
$$;

create function sweep_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s sessions;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'sessionId');
  if is_abandoned(s) then r := close_session(s, 'IDLE_TIMEOUT', moment(c), r); end if;
  return done(r, s.id, null);
end $$;

create function resume_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s sessions;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'sessionId');
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  return done(continue_session(s, '{}', moment('{}'), r), s.id, null);
end $$;

create function clear_messages(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  session uuid := uuid_of(c, 'sessionId');
begin
  update sessions
  set interaction_count = 0, user_message_count = 0, assistant_message_count = 0, system_message_count = 0,
      tool_message_count = 0, tool_call_count = 0, error_count = 0, input_tokens = 0, output_tokens = 0,
      revision = r + 1, updated_at = clock_timestamp()
  where user_id = owner and id = session;
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  delete from interactions where user_id = owner and session_id = session;
  return done(log_change(owner, 'SESSION_CLEARED', session, null, r), session, null);
end $$;

create function delete_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  session uuid := uuid_of(c, 'sessionId');
begin
  delete from sessions where user_id = owner and id = session;
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  return done(log_change(owner, 'SESSION_DELETED', session, null, r), null, null);
end $$;

-- Deletes ended, unpinned sessions that ended before a time, at most 100 in one go.
create function delete_old_sessions(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  session uuid;
begin
  for session in
    select s.id from sessions s
    where s.user_id = owner and s.ended_at < (c ->> 'before')::timestamptz and not s.pinned
    order by s.ended_at limit 100
  loop
    delete from sessions where user_id = owner and id = session;
    r := log_change(owner, 'SESSION_DELETED', session, null, r);
  end loop;
  return done(r, null, null);
end $$;

-- ------------------------------------------------------------------------------------------ interactions

create type tally as (
  interactions integer, users integer, assistants integer, systems integer, tools integer,
  tool_calls integer, errors integer, input_tokens bigint, output_tokens bigint
);

-- What an interaction adds to its session's counters. Questions, system and tool messages are
-- input of a model; what the assistant says is output.
create function tally_of(i interactions) returns tally language plpgsql immutable as $$
declare
  t tally := row(
    1, (i.question is not null)::integer, (i.answer is not null)::integer, 0, 0, 0, (i.status = 'FAILED')::integer,
    i.question_tokens, i.answer_tokens);
  steps tally;
begin
  if i.steps <> '[]' then
    select 0, 0,
      count(*) filter (where step ->> 'role' = 'ASSISTANT'),
      count(*) filter (where step ->> 'role' = 'SYSTEM'),
      count(*) filter (where step ->> 'role' = 'TOOL'),
      count(*) filter (where step ->> 'toolName' is not null),
      count(*) filter (where (step ->> 'isError')::boolean),
      coalesce(sum((step ->> 'tokens')::integer) filter (where step ->> 'role' <> 'ASSISTANT'), 0),
      coalesce(sum((step ->> 'tokens')::integer) filter (where step ->> 'role' = 'ASSISTANT'), 0)
    into steps from jsonb_array_elements(i.steps) step;
    t.assistants := t.assistants + steps.assistants;
    t.systems := steps.systems;
    t.tools := steps.tools;
    t.tool_calls := steps.tool_calls;
    t.errors := t.errors + steps.errors;
    t.input_tokens := t.input_tokens + steps.input_tokens;
    t.output_tokens := t.output_tokens + steps.output_tokens;
  end if;
  return t;
end $$;

create function difference(x tally, y tally) returns tally language sql immutable as $$
  select row(
    x.interactions - y.interactions, x.users - y.users, x.assistants - y.assistants, x.systems - y.systems,
    x.tools - y.tools, x.tool_calls - y.tool_calls, x.errors - y.errors,
    x.input_tokens - y.input_tokens, x.output_tokens - y.output_tokens)::tally
$$;

-- Moves the counters of an interaction's session, and logs the change. `at` is when something was said or done, null
-- when nothing was (feedback, metadata). It moves the activity of a session that is fresh then, extends one that ended
-- by idleness, and leaves any other end alone.
create function account(i interactions, delta tally, kind change_kind, at timestamptz, r bigint)
returns command_result language plpgsql as $$
begin
  update sessions s
  set interaction_count = s.interaction_count + delta.interactions,
      user_message_count = s.user_message_count + delta.users,
      assistant_message_count = s.assistant_message_count + delta.assistants,
      system_message_count = s.system_message_count + delta.systems,
      tool_message_count = s.tool_message_count + delta.tools,
      tool_call_count = s.tool_call_count + delta.tool_calls,
      error_count = s.error_count + delta.errors,
      input_tokens = s.input_tokens + delta.input_tokens,
      output_tokens = s.output_tokens + delta.output_tokens,
      last_activity_at = case when coalesce(s.end_reason, 'IDLE_TIMEOUT') = 'IDLE_TIMEOUT' and is_fresh(s, at)
        then greatest(s.last_activity_at, at) else s.last_activity_at end,
      ended_at = case when s.end_reason = 'IDLE_TIMEOUT' and is_fresh(s, at)
        then greatest(s.ended_at, at) else s.ended_at end,
      revision = r + 1, updated_at = case when at is null then s.updated_at else clock_timestamp() end
  where s.user_id = i.user_id and s.id = i.session_id;
  return done(log_change(i.user_id, kind, i.session_id, i.id, r), i.session_id, i.id);
end $$;

-- The interaction of a retried create: its result, a refusal when the payload differs, null when it is new.
create function retried(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i interactions;
begin
  if not c ? 'fingerprint' then return null; end if;
  select x.* into i from interactions x where x.user_id = owner and x.id = uuid_of(c, 'id');
  if found and i.fingerprint = decode(c ->> 'fingerprint', 'hex') then return done(r, i.session_id, i.id); end if;
  if found or exists (select from message_ids m where m.user_id = owner and m.id = uuid_of(c, 'id')) then
    return refuse(r, 'CONFLICT', 'Something else is stored under this id.');
  end if;
  return null;
end $$;

-- The session a new turn goes to: the named one, continued, or the scope's by get-or-create.
create function session_for(owner uuid, c jsonb, defaults jsonb, at timestamptz, r bigint)
returns placement language plpgsql as $$
declare
  s sessions;
begin
  if not c ? 'sessionId' then return place(owner, c, defaults, at, r); end if;
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'sessionId');
  if not found then return null; end if;
  return row(s.id, s.type, continue_session(s, c, at, r));
end $$;

create function insert_interaction(
  owner uuid, c jsonb, placed placement, state interaction_status, at timestamptz
) returns command_result language plpgsql as $$
declare
  r bigint := placed.revision;
  created interactions;
begin
  insert into interactions (
    user_id, id, session_id, sequence, revision, status, modality, question, answer, steps, error, error_code,
    context_used, metadata, question_tokens, answer_tokens, step_tokens, occurred_at, completed_at, answer_id,
    fingerprint
  ) values (
    owner, uuid_of(c, 'id'), placed.session_id, r + 1, r + 1, state,
    coalesce(c ->> 'modality', case placed.type when 'VOICE_CALL' then 'VOICE' else 'TEXT' end)::modality,
    c ->> 'question', c ->> 'answer', coalesce(c -> 'steps', '[]'), c ->> 'error', c ->> 'errorCode',
    c -> 'contextUsed', coalesce(c -> 'metadata', '{}'),
    coalesce((c ->> 'questionTokens')::integer, 0), coalesce((c ->> 'answerTokens')::integer, 0),
    coalesce((c ->> 'stepTokens')::integer, 0),
    at, case when state <> 'PENDING' then at end, uuid_of(c, 'answerId'),
    decode(c ->> 'fingerprint', 'hex')
  ) returning * into created;
  return account(
    created, tally_of(created),
    case state when 'PENDING' then 'INTERACTION_OPENED' else 'INTERACTION_RECORDED' end::change_kind, at, r);
end $$;

-- A whole turn, or (PENDING) its question.
create function record_interaction(owner uuid, c jsonb, defaults jsonb, state interaction_status, r bigint)
returns command_result language plpgsql as $$
declare
  known command_result := retried(owner, c, r);
  at timestamptz := moment(c);
  placed placement;
begin
  if known.revision is not null then return known; end if;
  placed := session_for(owner, c, defaults, at, r);
  if placed.session_id is null then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  return insert_interaction(owner, c, placed, state, at);
end $$;

-- Applies what a command says of a turn's answer, steps, context and metadata.
create function amend(i interactions, c jsonb, state interaction_status, kind change_kind, r bigint)
returns command_result language plpgsql as $$
declare
  amended interactions;
  merged jsonb := merge_patch(i.metadata, coalesce(c -> 'metadata', '{}'));
  at timestamptz := case when state <> i.status or c ? 'steps' then moment(c) end;
begin
  if c ? 'metadata' and is_too_large(merged) then return refuse(r, 'BAD_USER_INPUT', 'metadata'); end if;
  if c ? 'steps' and (
    jsonb_array_length(i.steps) + jsonb_array_length(c -> 'steps') > 256
    or octet_length(i.steps::text) + octet_length((c -> 'steps')::text) > 4194304
  ) then
    return refuse(r, 'BAD_USER_INPUT', 'steps');
  end if;
  update interactions
  set status = state,
      answer = coalesce(c ->> 'answer', answer),
      answer_tokens = coalesce((c ->> 'answerTokens')::integer, answer_tokens),
      answer_id = coalesce(uuid_of(c, 'answerId'), answer_id),
      steps = steps || coalesce(c -> 'steps', '[]'),
      step_tokens = step_tokens + coalesce((c ->> 'stepTokens')::integer, 0),
      error = coalesce(c ->> 'error', error),
      error_code = coalesce(c ->> 'errorCode', error_code),
      context_used = coalesce(c -> 'contextUsed', context_used),
      metadata = merged,
      rating = case when c ? 'rating' then (c ->> 'rating')::smallint else rating end,
      rating_comment = case when c ? 'rating' then c ->> 'ratingComment' else rating_comment end,
      completed_at = case when state <> i.status then greatest(at, occurred_at) else completed_at end,
      finish_fingerprint = coalesce(decode(c ->> 'finishFingerprint', 'hex'), finish_fingerprint),
      revision = r + 1
  where user_id = i.user_id and id = i.id
  returning * into amended;
  return account(amended, difference(tally_of(amended), tally_of(i)), kind, at, r);
end $$;

-- Completes or fails a pending turn. Repeating the same call changes nothing.
create function finish_interaction(owner uuid, c jsonb, state interaction_status, r bigint)
returns command_result language plpgsql as $$
declare
  i interactions;
begin
  select x.* into i from interactions x where x.user_id = owner and x.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Interaction'); end if;
  if i.status = 'PENDING' then
    return amend(
      i, c, state,
      case state when 'FAILED' then 'INTERACTION_FAILED' else 'INTERACTION_COMPLETED' end::change_kind, r);
  end if;
  if i.status = state and i.finish_fingerprint = decode(c ->> 'finishFingerprint', 'hex') then
    return done(r, i.session_id, i.id);
  end if;
  return refuse(r, 'CONFLICT', format('The interaction is already %s.', i.status));
end $$;

-- Feedback, metadata, and steps of a known turn. A client-supplied step id makes the retry of a step harmless.
create function update_interaction(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i interactions;
  result command_result := retried_message(owner, c, r);
begin
  if result.revision is not null then return result; end if;
  select x.* into i from interactions x where x.user_id = owner and x.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Interaction'); end if;
  result := amend(i, c, i.status, 'INTERACTION_UPDATED', r);
  if result.error_code is null then perform remember_message(owner, c, i.id); end if;
  return result;
end $$;

create function retried_message(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  m message_ids;
begin
  if not c ? 'messageId' then return null; end if;
  select x.* into m from message_ids x where x.user_id = owner and x.id = uuid_of(c, 'messageId');
  if found and m.fingerprint = decode(c ->> 'messageFingerprint', 'hex') then
    return done(
      r, (select i.session_id from interactions i where i.user_id = owner and i.id = m.interaction_id),
      m.interaction_id);
  end if;
  if found or exists (select from interactions i where i.user_id = owner and i.id = uuid_of(c, 'messageId')) then
    return refuse(r, 'CONFLICT', 'Something else is stored under this id.');
  end if;
  return null;
end $$;

create function remember_message(owner uuid, c jsonb, interaction uuid) returns void language plpgsql as $$
begin
  if c ? 'messageId' then
    insert into message_ids (user_id, id, interaction_id, fingerprint)
    values (owner, uuid_of(c, 'messageId'), interaction, decode(c ->> 'messageFingerprint', 'hex'));
  end if;
end $$;

-- One message that is not a question: it joins the newest turn of the session while that is pending, and is a turn
-- of its own otherwise. Only ever the newest: so the messages read back in the order they came.
create function add_message(owner uuid, c jsonb, defaults jsonb, r bigint)
returns command_result language plpgsql as $$
declare
  known command_result := retried_message(owner, c, r);
  at timestamptz := moment(c);
  placed placement;
  newest interactions;
  result command_result;
begin
  if known.revision is not null then return known; end if;
  placed := session_for(owner, c, defaults, at, r);
  if placed.session_id is null then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  select i.* into newest from interactions i
  where i.user_id = owner and i.session_id = placed.session_id order by i.sequence desc limit 1;
  if newest.status is distinct from 'PENDING' then
    result := insert_interaction(owner, c, placed, 'COMPLETED', at);
  elsif c ? 'answer' then
    result := amend(newest, c, 'COMPLETED', 'INTERACTION_COMPLETED', placed.revision);
  else
    result := amend(newest, c, 'PENDING', 'INTERACTION_UPDATED', placed.revision);
  end if;
  if result.error_code is not null then raise sqlstate 'RCREF'; end if;
  perform remember_message(owner, c, result.interaction_id);
  return result;
exception when sqlstate 'RCREF' then
  return refuse(r, result.error_code, result.error_message); -- what the session went through for it is undone
end $$;

create function delete_interaction(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i interactions;
begin
  delete from interactions x where x.user_id = owner and x.id = uuid_of(c, 'id') returning x.* into i;
  if not found then return refuse(r, 'NOT_FOUND', 'Interaction'); end if;
  return account(
    i, difference(row(0, 0, 0, 0, 0, 0, 0, 0, 0), tally_of(i)), 'INTERACTION_DELETED', null, r);
end $$;

create function update_user(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  update users u
  set display_name = case when c ? 'displayName' then c ->> 'displayName' else u.display_name end,
      time_zone = coalesce(c ->> 'timeZone', u.time_zone),
      idle_timeout_seconds = case when c ? 'idleTimeoutSeconds'
        then (c ->> 'idleTimeoutSeconds')::integer else u.idle_timeout_seconds end
  where u.id = owner;
  return done(log_change(owner, 'USER_UPDATED', null, null, r), null, null);
end $$;

-- ---------------------------------------------------------------------------------------------- the door

create function run_command(owner uuid, c jsonb, defaults jsonb, r bigint)
returns command_result language plpgsql as $$
begin
  return case c ->> 'kind'
    when 'recordInteraction' then
      record_interaction(owner, c, defaults, case when c ? 'error' then 'FAILED' else 'COMPLETED' end::interaction_status, r)
    when 'openInteraction' then record_interaction(owner, c, defaults, 'PENDING', r)
    when 'completeInteraction' then finish_interaction(owner, c, 'COMPLETED', r)
    when 'failInteraction' then finish_interaction(owner, c, 'FAILED', r)
    when 'addMessage' then add_message(owner, c, defaults, r)
    when 'updateInteraction' then update_interaction(owner, c, r)
    when 'deleteInteraction' then delete_interaction(owner, c, r)
    when 'startSession' then start_session(owner, c, defaults, r)
    when 'getOrCreateSession' then get_or_create_session(owner, c, defaults, r)
    when 'updateSession' then update_session(owner, c, r)
    when 'updateSessionState' then update_session_state(owner, c, r)
    when 'endSession' then end_session(owner, c, r)
    when 'endSessions' then end_sessions(owner, c, r)
    when 'sweepSession' then sweep_session(owner, c, r)
    when 'resumeSession' then resume_session(owner, c, r)
    when 'clearMessages' then clear_messages(owner, c, r)
    when 'deleteSession' then delete_session(owner, c, r)
    when 'deleteOldSessions' then delete_old_sessions(owner, c, r)
    when 'updateUser' then update_user(owner, c, r)
  end;
end $$;

-- Runs the commands (an array; each with userId and kind) in one transaction: users in the order of their ids, so that
-- concurrent calls lock in one order, and each user's commands in the order given. A refused command changes nothing
-- and does not disturb its neighbours. The session is returned to commands with `wantSession`. `defaults` are the server's {idleTimeoutSeconds, lifetimeSeconds, tokenLimit}.
-- With `notify`, one notification on recollect_changes tells "userId:revision,..." at commit. `patience` is how long to
-- wait for a lock before all of it fails with lock_not_available.
create function apply_commands(commands jsonb, defaults jsonb, notify boolean, patience text)
returns table (
  index integer, error_code text, error_message text, revision bigint, changes integer, session json, interaction json
) language plpgsql as $$
declare
  item record;
  result command_result;
  base bigint;
  woken jsonb := '{}';
begin
  perform set_config('lock_timeout', patience, true);
  for item in
    select (a.ordinality - 1)::integer as index, a.command, (a.command ->> 'userId')::uuid as owner
    from jsonb_array_elements(commands) with ordinality a (command, ordinality)
    order by owner, a.ordinality
  loop
    perform as_user(item.owner);
    update revisions v set value = v.value + 1 where v.user_id = item.owner returning v.value - 1 into base;
    index := item.index;
    if not found then
      error_code := 'UNAUTHENTICATED';
      error_message := 'There is no such user any more.';
      revision := null; changes := 0; session := null; interaction := null;
      return next;
      continue;
    end if;
    result := run_command(item.owner, item.command, defaults, base);
    if result.revision <> base + 1 then
      update revisions v set value = result.revision where v.user_id = item.owner;
    end if;
    if result.revision > base then woken := woken || jsonb_build_object(item.owner, result.revision); end if;
    error_code := result.error_code;
    error_message := result.error_message;
    revision := result.revision;
    changes := result.revision - base;
    session := null;
    if (item.command ->> 'wantSession')::boolean then
      session := (select to_json(m) from session_model m where m."userId" = item.owner and m.id = result.session_id);
    end if;
    interaction :=
      (select to_json(m) from interaction_model m where m."userId" = item.owner and m.id = result.interaction_id);
    return next;
  end loop;
  if notify and woken <> '{}' then
    perform pg_notify('recollect_changes', (select string_agg(key || ':' || value, ',') from jsonb_each_text(woken)));
  end if;
end $$;

-- --------------------------------------------------------------------------------- reads that cross users

-- The changes of many users at once, each after its own revision, in order. Of each user at most `page`, and none
-- beyond the one with which what they refer to exceeds `bytes`: a single interaction may be many megabytes, so it takes
-- one at a time and weighs it. Without `details` nothing that they refer to is read. At least one row per asked user:
-- its `current_revision` (null: no such user), with a null revision when nothing is new. It owns the rows, so it asks
-- no policy: the caller passes only users it has authenticated.
create function changes_since(user_ids uuid[], afters bigint[], page integer, bytes bigint, details boolean)
returns table (
  user_id uuid, current_revision bigint, revision bigint, kind change_kind, at timestamptz,
  session_id uuid, interaction_id uuid, session json, interaction json
) language sql stable security definer set search_path = public, pg_temp rows 100 as $$
  select a.user_id, v.value, c.revision, c.kind, c.at, c.session_id, c.interaction_id, c.session, c.interaction
  from unnest(user_ids, afters) a (user_id, after)
  left join revisions v on v.user_id = a.user_id
  left join lateral (
    with recursive taken as (
      select 0 as place, 0::bigint as size, a.after as revision, null::change_kind as kind, null::timestamptz(3) as at,
        null::uuid as session_id, null::uuid as interaction_id, null::json as session, null::json as interaction
      union all
      select t.place + 1, t.size + coalesce(pg_column_size(d.session), 0) + coalesce(pg_column_size(d.interaction), 0),
        x.revision, x.kind, x.at, x.session_id, x.interaction_id, d.session, d.interaction
      from taken t
      cross join lateral (
        select * from changes y where y.user_id = a.user_id and y.revision > t.revision order by y.revision limit 1
      ) x
      cross join lateral (
        select
          (select to_json(m) from session_model m
            where details and m."userId" = a.user_id and m.id = x.session_id) as session,
          (select to_json(m) from interaction_model m
            where details and m."userId" = a.user_id and m.id = x.interaction_id) as interaction
        offset 0 -- keeps the planner from making each once for the answer and once more for its size
      ) d
      where t.place < page and t.size < bytes
    )
    select * from taken where place > 0
  ) c on true
  order by a.user_id, c.revision
$$;

create function abandoned_sessions(page integer) returns table (user_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.user_id, s.id from sessions s where s.ended_at is null and is_abandoned(s) order by 1, 2 limit page
$$;

create function users_with_old_sessions(before timestamptz, after_user uuid, page integer) returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct s.user_id from sessions s
  where s.ended_at < before and not s.pinned and s.user_id > after_user order by 1 limit page
$$;

-- They see rows of everyone.
revoke execute on function changes_since, abandoned_sessions, users_with_old_sessions from public;
grant execute on function changes_since to recollect_app;
