-- Summaries of a session's log. They refer to it by ranges of its sequence and never change it.

alter type change_kind add value if not exists 'SUMMARY_CREATED';
alter type change_kind add value if not exists 'SUMMARY_UPDATED';
alter type change_kind add value if not exists 'SUMMARY_REVERTED';
alter type change_kind add value if not exists 'SUMMARY_DELETED';

-- What summaries of level 1 have taken up of a session's counters, the rest is its live part; whether background work
-- is due; and up to which interaction the generated texts reach (null: the client gave them, or there are none).
-- Counting in the row that every record writes anyway is what keeps summaries off the write path.
alter table sessions
  add column covered_messages integer not null default 0,
  add column covered_tokens bigint not null default 0,
  add column summary_due boolean not null default false,
  add column context_summary_to bigint,
  add column session_context_to bigint;

-- Holds only what is due now. A record changes the flag once in a while, so records stay heap-only updates.
create index sessions_summary_due_idx on sessions (user_id, id) where summary_due;

-- A row is in force while it is neither folded into another (`superseded_by`) nor reverted. Level 1 is made of
-- interactions, higher levels of the summaries below.
create table summaries (
  user_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  level smallint not null,
  from_sequence bigint not null,
  to_sequence bigint not null,
  text text not null,
  tokens integer not null,
  produced_by text not null,
  prompt_hash text,
  pinned boolean not null default false,
  superseded_by uuid,
  reverted_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  primary key (user_id, id),
  constraint summaries_session_fkey foreign key (user_id, session_id) references sessions on delete cascade,
  constraint summaries_superseded_fkey foreign key (user_id, superseded_by) references summaries
    on delete set null (superseded_by),
  constraint summaries_range_check check (from_sequence <= to_sequence)
);
create index summaries_session_idx on summaries (user_id, session_id, from_sequence);
create index summaries_superseded_idx on summaries (user_id, superseded_by);

create view summary_model with (security_invoker = true) as
select
  user_id as "userId", id, session_id as "sessionId", level, from_sequence as "fromSequence",
  to_sequence as "toSequence", text, tokens, produced_by as "producedBy", prompt_hash as "promptHash", pinned,
  superseded_by as "supersededBy", reverted_at as "revertedAt", created_at as "createdAt"
from summaries;

grant select, insert, update, delete on summaries to recollect_app;
grant select on summary_model to recollect_app;

alter table summaries enable row level security;
create policy own_rows on summaries
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));

-- Whether a live part is so long that its older part should become a summary.
create function is_heavy(messages bigint, tokens bigint, token_limit integer) returns boolean
language sql immutable as $$
  select messages >= 10 and tokens >= token_limit * 0.7
$$;

create function message_count(i interactions) returns integer language sql immutable as $$
  select (i.question is not null)::integer + (i.answer is not null)::integer + jsonb_array_length(i.steps)
$$;

create function touch_session(owner uuid, session uuid, kind change_kind, r bigint) returns bigint language plpgsql as $$
begin
  update sessions set revision = r + 1, updated_at = clock_timestamp() where user_id = owner and id = session;
  return log_change(owner, kind, session, null, r);
end $$;

-- Moves what counts as covered by the interactions of a range that no other summary of level 1 covers.
create function cover(s summaries, sign integer) returns void language plpgsql as $$
begin
  update sessions x
  set covered_messages = x.covered_messages + sign * w.messages, covered_tokens = x.covered_tokens + sign * w.tokens
  from (
    select coalesce(sum(message_count(i)), 0) as messages,
           coalesce(sum(i.question_tokens + i.answer_tokens + i.step_tokens), 0) as tokens
    from interactions i
    where i.user_id = s.user_id and i.session_id = s.session_id
      and i.sequence between s.from_sequence and s.to_sequence
      and not exists (
        select from summaries other
        where other.user_id = s.user_id and other.session_id = s.session_id and other.level = 1 and other.id <> s.id
          and i.sequence between other.from_sequence and other.to_sequence)
  ) w
  where x.user_id = s.user_id and x.id = s.session_id;
end $$;

-- Stores a summary of interactions, or of the summaries in `folds`. It was written from what was read before the lock:
-- if that has changed since (`count` and `newest` tell), the text may hold what the user has deleted, and is refused.
create function store_summary(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  stored summaries;
  folded uuid[];
  seen bigint;
  newest bigint;
begin
  perform from sessions s where s.user_id = owner and s.id = uuid_of(c, 'sessionId');
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  stored.from_sequence := (c ->> 'fromSequence')::bigint;
  stored.to_sequence := (c ->> 'toSequence')::bigint;
  select array_agg(id::uuid) into folded from jsonb_array_elements_text(c -> 'folds') id;
  if folded is null then
    select count(*), max(i.revision) into seen, newest from interactions i
    where i.user_id = owner and i.session_id = uuid_of(c, 'sessionId')
      and i.sequence between stored.from_sequence and stored.to_sequence;
    perform from summaries s
    where s.user_id = owner and s.session_id = uuid_of(c, 'sessionId') and s.superseded_by is null
      and s.reverted_at is null and s.from_sequence <= stored.to_sequence and stored.from_sequence <= s.to_sequence;
    if found or seen <> (c ->> 'count')::bigint or newest <> (c ->> 'newest')::bigint then
      return refuse(r, 'CONFLICT', 'The session has changed meanwhile; try again.');
    end if;
  else
    select count(*) into seen from summaries s
    where s.user_id = owner and s.session_id = uuid_of(c, 'sessionId') and s.id = any(folded)
      and s.superseded_by is null and s.reverted_at is null and not s.pinned;
    if seen <> cardinality(folded) then
      return refuse(r, 'CONFLICT', 'The summaries have changed meanwhile; try again.');
    end if;
  end if;
  insert into summaries (
    user_id, id, session_id, level, from_sequence, to_sequence, text, tokens, produced_by, prompt_hash
  ) values (
    owner, uuid_of(c, 'id'), uuid_of(c, 'sessionId'), (c ->> 'level')::smallint, stored.from_sequence,
    stored.to_sequence, c ->> 'text', (c ->> 'tokens')::integer, c ->> 'producedBy', c ->> 'promptHash'
  ) returning * into stored;
  if folded is null then
    perform cover(stored, 1);
  else
    update summaries s set superseded_by = stored.id where s.user_id = owner and s.id = any(folded);
  end if;
  return done(touch_session(owner, stored.session_id, 'SUMMARY_CREATED', r), stored.session_id, null);
end $$;

-- Takes a summary out of force: its interactions are live again, or the summaries it was folded from stand again. They
-- still count as covered, so that background work does not at once make the same summary anew.
create function revert_summary(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s summaries;
begin
  select x.* into s from summaries x where x.user_id = owner and x.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Summary'); end if;
  if s.reverted_at is not null then return done(r, s.session_id, null); end if;
  if s.superseded_by is not null then
    return refuse(r, 'CONFLICT', 'It has been folded into another summary: revert that one first.');
  end if;
  perform from interactions i
  where i.user_id = owner and i.session_id = s.session_id and i.sequence between s.from_sequence and s.to_sequence;
  if not found and s.level = 1 then
    return refuse(r, 'CONFLICT', 'Its interactions have been cleared: nothing else remembers them.');
  end if;
  update summaries x set reverted_at = clock_timestamp() where x.user_id = owner and x.id = s.id;
  update summaries x set superseded_by = null where x.user_id = owner and x.superseded_by = s.id;
  return done(touch_session(owner, s.session_id, 'SUMMARY_REVERTED', r), s.session_id, null);
end $$;

create function pin_summary(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s summaries;
begin
  select x.* into s from summaries x where x.user_id = owner and x.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Summary'); end if;
  if s.pinned = (c ->> 'pinned')::boolean then return done(r, s.session_id, null); end if;
  update summaries x set pinned = not s.pinned where x.user_id = owner and x.id = s.id;
  return done(touch_session(owner, s.session_id, 'SUMMARY_UPDATED', r), s.session_id, null);
end $$;

-- What may hold words of an interaction that is about to go: summaries of every level and age, and the generated
-- description of its session. The other summaries that a fold was made of stand again.
create function forget_summaries(owner uuid, interaction uuid, r bigint) returns bigint language plpgsql as $$
declare
  i interactions;
  s summaries;
begin
  select x.* into i from interactions x where x.user_id = owner and x.id = interaction;
  for s in
    select x.* from summaries x
    where x.user_id = owner and x.session_id = i.session_id and i.sequence between x.from_sequence and x.to_sequence
    order by x.level desc, x.id
  loop
    if s.level = 1 then perform cover(s, -1); end if;
    delete from summaries x where x.user_id = owner and x.id = s.id;
    r := touch_session(owner, s.session_id, 'SUMMARY_DELETED', r);
  end loop;
  update sessions x
  set context_summary = case when x.context_summary_to is null then x.context_summary end,
      session_context = case when x.session_context_to is null then x.session_context end,
      context_summary_to = null, session_context_to = null
  where x.user_id = owner and x.id = i.session_id
    and (x.context_summary_to is not null or x.session_context_to is not null);
  return r;
end $$;

-- Fills what the client left open of an ended session's description, or brings a generated one up to date. `revision`
-- is the session's when what it was written from was read.
create function describe_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s sessions;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'sessionId');
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  if s.revision <> (c ->> 'revision')::bigint then
    return refuse(r, 'CONFLICT', 'The session has changed meanwhile; try again.');
  end if;
  update sessions x
  set context_summary = case when s.context_summary is null or s.context_summary_to is not null
        then c ->> 'contextSummary' else s.context_summary end,
      context_summary_to = case when s.context_summary is null or s.context_summary_to is not null
        then (c ->> 'toSequence')::bigint end,
      session_context = case when s.session_context is null or s.session_context_to is not null
        then c -> 'sessionContext' else s.session_context end,
      session_context_to = case when s.session_context is null or s.session_context_to is not null
        then (c ->> 'toSequence')::bigint end
  where x.user_id = owner and x.id = s.id;
  return done(touch_session(owner, s.id, 'SESSION_UPDATED', r), s.id, null);
end $$;

-- Nothing is left to do for a session as it was at `revision`, and its live part was as the command says.
create function settle_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  update sessions s
  set summary_due = false,
      covered_messages = s.user_message_count + s.assistant_message_count + s.system_message_count
        + s.tool_message_count - (c ->> 'messages')::integer,
      covered_tokens = s.input_tokens + s.output_tokens - (c ->> 'tokens')::bigint
  where s.user_id = owner and s.id = uuid_of(c, 'sessionId') and s.revision = (c ->> 'revision')::bigint;
  return done(r, uuid_of(c, 'sessionId'), null);
end $$;

create function sessions_to_summarize(page integer) returns table (user_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.user_id, s.id from sessions s where s.summary_due order by 1, 2 limit page
$$;

-- ------------------------------------------------------------------- what the foundation says, with summaries

create or replace function close_session(s sessions, reason end_reason, at timestamptz, r bigint)
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
  set ended_at = ended, end_reason = reason, summary_due = s.interaction_count > 0, revision = r + 1, updated_at = clock_timestamp()
  where user_id = s.user_id and id = s.id;
  return log_change(s.user_id, 'SESSION_ENDED', s.id, null, r);
end $$;

create or replace function end_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s sessions;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'sessionId');
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  if s.ended_at is null then
    update sessions
    set context_summary = coalesce(c ->> 'contextSummary', context_summary),
        context_summary_to = case when c ? 'contextSummary' then null else context_summary_to end,
        session_context = coalesce(c -> 'sessionContext', session_context),
        session_context_to = case when c ? 'sessionContext' then null else session_context_to end
    where user_id = owner and id = s.id;
    r := close_session(s, 'EXPLICIT', moment(c), r);
  end if;
  return done(r, s.id, null);
end $$;

create or replace function clear_messages(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  session uuid := uuid_of(c, 'sessionId');
begin
  update sessions
  set interaction_count = 0, user_message_count = 0, assistant_message_count = 0, system_message_count = 0,
      tool_message_count = 0, tool_call_count = 0, error_count = 0, input_tokens = 0, output_tokens = 0,
      covered_messages = 0, covered_tokens = 0, summary_due = false, revision = r + 1, updated_at = clock_timestamp()
  where user_id = owner and id = session;
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  delete from interactions where user_id = owner and session_id = session;
  return done(log_change(owner, 'SESSION_CLEARED', session, null, r), session, null);
end $$;

create or replace function account(i interactions, delta tally, kind change_kind, at timestamptz, r bigint)
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
      last_activity_at = case when s.ended_at is null or (s.end_reason = 'IDLE_TIMEOUT' and at < idle_at(s))
        then greatest(s.last_activity_at, at) else s.last_activity_at end,
      ended_at = case when s.end_reason = 'IDLE_TIMEOUT' and at < idle_at(s)
        then greatest(s.ended_at, at) else s.ended_at end,
      summary_due = s.summary_due or s.ended_at is not null or is_heavy(
        s.user_message_count + s.assistant_message_count + s.system_message_count + s.tool_message_count
          + delta.users + delta.assistants + delta.systems + delta.tools - s.covered_messages,
        s.input_tokens + s.output_tokens + delta.input_tokens + delta.output_tokens - s.covered_tokens,
        s.token_limit),
      revision = r + 1, updated_at = clock_timestamp()
  where s.user_id = i.user_id and s.id = i.session_id;
  return done(log_change(i.user_id, kind, i.session_id, i.id, r), i.session_id, i.id);
end $$;

create or replace function delete_interaction(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i interactions;
begin
  r := forget_summaries(owner, uuid_of(c, 'id'), r);
  delete from interactions x where x.user_id = owner and x.id = uuid_of(c, 'id') returning x.* into i;
  if not found then return refuse(r, 'NOT_FOUND', 'Interaction'); end if;
  return account(
    i, difference(row(0, 0, 0, 0, 0, 0, 0, 0, 0), tally_of(i)), 'INTERACTION_DELETED', i.occurred_at, r);
end $$;

create or replace function run_command(owner uuid, c jsonb, defaults jsonb, r bigint)
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
    when 'storeSummary' then store_summary(owner, c, r)
    when 'revertSummary' then revert_summary(owner, c, r)
    when 'pinSummary' then pin_summary(owner, c, r)
    when 'describeSession' then describe_session(owner, c, r)
    when 'settleSession' then settle_session(owner, c, r)
    when 'updateUser' then update_user(owner, c, r)
  end;
end $$;
