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

-- Once a group's, a scope is a group's: whoever forgets to say so makes nothing private of it.
create function is_group_scope(owner uuid, in_scope text) returns boolean language sql stable as $$
  select exists (select from sessions s where s.user_id = owner and s.scope = in_scope and s.privacy = 'GROUP')
$$;

-- Whether a scope is on a platform where a bot knows the person, and not in their own chat there. Scopes escape the two
-- characters that make them up.
create function is_elsewhere(owner uuid, in_scope text) returns boolean language sql stable as $$
  select coalesce(not bool_or(starts_with(
    in_scope || ':', i.channel || ':' || replace(replace(i.external_id, '%', '%25'), ':', '%3A') || ':')), false)
  from identities i where i.user_id = owner and starts_with(in_scope, i.channel || ':')
$$;

-- What a session of a scope is when it is not said: where others may be, they are. What is private by mistake is told,
-- what is a group's by mistake is only forgotten.
create function privacy_in(owner uuid, in_scope text, wanted session_privacy) returns session_privacy
language sql stable as $$
  select case
    when is_group_scope(owner, in_scope) then 'GROUP'
    else coalesce(wanted, case when is_elsewhere(owner, in_scope) then 'GROUP' else 'PRIVATE' end::session_privacy)
  end
$$;

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
    lifetime_seconds, snapshot_at_start, state, metadata, token_limit, privacy, fingerprint, revision
  ) values (
    owner, uuid_of(c, 'newSessionId'), uuid_of(c, 'projectId'), coalesce(c ->> 'scope', ''),
    coalesce(c ->> 'type', 'TEXT_CHAT')::session_type,
    c ->> 'channel', c ->> 'externalUserId', c ->> 'externalChatId', c ->> 'title',
    each_once(texts_of(c -> 'tags')),
    coalesce((c ->> 'pinned')::boolean, false),
    at, at, at, case when past then at end, case when past then 'IDLE_TIMEOUT' end::end_reason,
    at + make_interval(secs => lifetime),
    coalesce(
      (c ->> 'idleTimeoutSeconds')::integer,
      (select u.idle_timeout_seconds from users u where u.id = owner),
      (defaults ->> 'idleTimeoutSeconds')::integer),
    lifetime, c -> 'snapshotAtStart', coalesce(c -> 'state', '{}'), coalesce(c -> 'sessionMetadata', '{}'),
    coalesce((c ->> 'tokenLimit')::integer, (defaults ->> 'tokenLimit')::integer),
    privacy_in(owner, coalesce(c ->> 'scope', ''), (c ->> 'privacy')::session_privacy),
    decode(c ->> 'sessionFingerprint', 'hex'), r + 1
  ) returning * into created;
  perform log_change(owner, 'SESSION_STARTED', created.id, null, r);
  return created;
end $$;

create type placement as (session_id uuid, type session_type, revision bigint);

-- Get-or-create: the active session of the scope if it is fresh and of the asked type and privacy, else a new one.
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
    if is_fresh(active, at) and active.type = coalesce(wanted, active.type)
      and active.privacy = coalesce((c ->> 'privacy')::session_privacy, active.privacy)
    then
      return row(active.id, active.type, r);
    end if;
    r := close_active(owner, in_scope, coalesce(wanted, active.type), at, r);
  elsif c ? 'occurredAt' then
    select s.* into earlier from sessions s
    where s.user_id = owner and s.scope = in_scope and s.started_at <= at
      and s.type = coalesce(wanted, s.type)
      and s.privacy = coalesce((c ->> 'privacy')::session_privacy, s.privacy)
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

-- What a client-supplied id of a new session stands for already: the result of the call that is repeated here, a refusal
-- when it was another one, null when the id is new.
create function retried_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s sessions;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'newSessionId');
  if not found then return null; end if;
  if s.fingerprint = decode(c ->> 'sessionFingerprint', 'hex') then return done(r, s.id, null); end if;
  return refuse(r, 'CONFLICT', 'Another session is stored under this id.');
end $$;

create function start_session(owner uuid, c jsonb, defaults jsonb, r bigint)
returns command_result language plpgsql as $$
declare
  known command_result := retried_session(owner, c, r);
  at timestamptz := moment(c);
  s sessions;
  past boolean;
begin
  if known.revision is not null then return known; end if;
  if c ->> 'privacy' = 'PRIVATE' and is_group_scope(owner, coalesce(c ->> 'scope', '')) then
    return refuse(r, 'CONFLICT', 'The scope is a group''s.');
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
  placed placement;
begin
  if c ->> 'privacy' = 'PRIVATE' and is_group_scope(owner, coalesce(c ->> 'scope', '')) then
    return refuse(r, 'CONFLICT', 'The scope is a group''s.');
  end if;
  placed := place(owner, c, defaults, moment(c), r);
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
      title_from = case when c ? 'title' then null else s.title_from end,
      title_removed = case when c ? 'title' then c ->> 'title' is null else s.title_removed end,
      archived_at = case (c ->> 'archived')::boolean
        when true then coalesce(s.archived_at, moment('{}')) when false then null else s.archived_at end,
      tags = case when c ? 'tags' then each_once(texts_of(c -> 'tags')) else s.tags end,
      pinned = coalesce((c ->> 'pinned')::boolean, s.pinned),
      context_summary = case when c ? 'contextSummary' then c ->> 'contextSummary' else s.context_summary end,
      session_context = case when c ? 'sessionContext' then nullif(c -> 'sessionContext', 'null') else s.session_context end,
      context_summary_to = case when c ? 'contextSummary' then null else s.context_summary_to end,
      session_context_to = case when c ? 'sessionContext' then null else s.session_context_to end,
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
