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

-- Sets the counters of a session by all of its turns, for what brings it many of them at once.
create function count_turns(owner uuid, session uuid, r bigint) returns void language sql as $$
  update sessions s
  set interaction_count = n.interactions, user_message_count = n.users, assistant_message_count = n.assistants,
      system_message_count = n.systems, tool_message_count = n.tools, tool_call_count = n.tool_calls,
      error_count = n.errors, input_tokens = n.input_tokens, output_tokens = n.output_tokens, revision = r
  from (
    select count(*) as interactions, sum(t.users) as users, sum(t.assistants) as assistants, sum(t.systems) as systems,
      sum(t.tools) as tools, sum(t.tool_calls) as tool_calls, sum(t.errors) as errors,
      sum(t.input_tokens) as input_tokens, sum(t.output_tokens) as output_tokens
    from whole_interactions i, tally_of(as_interaction(i)) t where i.user_id = owner and i.session_id = session
  ) n
  where s.user_id = owner and s.id = session
$$;

-- What a client-supplied id, of a turn or of a single message, stands for already: the result of the call that is
-- repeated here, a refusal when it was another one or when what it made was deleted, null when the id is new.
create function retried(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  given uuid := case when c ? 'messageId' then uuid_of(c, 'messageId') when c ? 'fingerprint' then uuid_of(c, 'id') end;
  known record;
begin
  if given is null then return null; end if;
  select * into known from (
    select i.session_id, i.id as interaction_id, i.fingerprint, null::bytea as message_fingerprint
    from interactions i where i.user_id = owner and i.id = given
    union all
    select i.session_id, i.id, null, m.fingerprint
    from message_ids m join interactions i on i.user_id = m.user_id and i.id = m.interaction_id
    where m.user_id = owner and m.id = given
  ) k;
  if found then
    if known.fingerprint = decode(c ->> 'fingerprint', 'hex')
      or known.message_fingerprint = decode(c ->> 'messageFingerprint', 'hex')
    then
      return done(r, known.session_id, known.interaction_id);
    end if;
    return refuse(r, 'CONFLICT', 'Something else is stored under this id.');
  end if;
  if exists (
    select from changes d where d.user_id = owner and d.interaction_id = given and d.kind = 'INTERACTION_DELETED'
    union all
    select from message_ids m where m.user_id = owner and m.id = given
  ) then
    return refuse(r, 'CONFLICT', 'What was stored under this id has been deleted.');
  end if;
  return null;
end $$;

-- The ids that clients gave to a turn, or to those of a session, stay without what they stood for: a retry must not bring
-- back what is deleted now.
create function keep_ids(owner uuid, session uuid, turn uuid) returns void language sql as $$
  update message_ids m
  set interaction_id = null, fingerprint = null
  from interactions i
  where i.user_id = owner and (i.session_id = session or i.id = turn)
    and m.user_id = owner and m.interaction_id = i.id;
  insert into message_ids (user_id, id)
  select owner, i.id from interactions i
  where i.user_id = owner and (i.session_id = session or i.id = turn) and i.fingerprint is not null
  on conflict do nothing;
$$;

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

-- How the turn of a command begins: PENDING with its question, or whole.
create function turn_state(c jsonb) returns interaction_status language sql immutable as $$
  select case
    when c ->> 'kind' in ('openInteraction', 'sendMessage', 'openSharedTurn') then 'PENDING'
    when c ?| array['error', 'errorCode'] then 'FAILED'
    else 'COMPLETED'
  end::interaction_status
$$;

create function creation_kind(i interactions) returns change_kind language sql immutable as $$
  select case i.status when 'PENDING' then 'INTERACTION_OPENED' else 'INTERACTION_RECORDED' end::change_kind
$$;

create function finishing_kind(state interaction_status) returns change_kind language sql immutable as $$
  select case state when 'FAILED' then 'INTERACTION_FAILED' else 'INTERACTION_COMPLETED' end::change_kind
$$;

-- The row of a new turn. A set of one row, because only a set becomes part of the statement that asks for it.
create function new_interaction(
  owner uuid, c jsonb, session uuid, type session_type, state interaction_status, at timestamptz, r bigint
) returns setof interactions rows 1 language sql stable as $$
  select
    owner as user_id, uuid_of(c, 'id') as id, session as session_id, r as sequence, r as revision, state as status,
    coalesce(c ->> 'modality', case type when 'VOICE_CALL' then 'VOICE' else 'TEXT' end)::modality as modality,
    c ->> 'question' as question, c ->> 'answer' as answer, coalesce(c -> 'steps', '[]') as steps,
    c ->> 'error' as error, c ->> 'errorCode' as error_code,
    c -> 'contextUsed' as context_used, coalesce(c -> 'metadata', '{}') as metadata,
    coalesce((c ->> 'questionTokens')::integer, 0) as question_tokens,
    coalesce((c ->> 'answerTokens')::integer, 0) as answer_tokens,
    coalesce((c ->> 'stepTokens')::integer, 0) as step_tokens,
    null::smallint as rating, null::text as rating_comment,
    at as occurred_at, now() as created_at, case when state <> 'PENDING' then at end as completed_at,
    uuid_of(c, 'answerId') as answer_id, decode(c ->> 'fingerprint', 'hex') as fingerprint,
    null::bytea as finish_fingerprint, null::bigint as compressed_in
$$;

create function insert_interaction(
  owner uuid, c jsonb, placed placement, state interaction_status, at timestamptz
) returns command_result language plpgsql as $$
declare
  r bigint := placed.revision;
  created interactions;
begin
  insert into interactions
  select * from new_interaction(owner, c, placed.session_id, placed.type, state, at, r + 1)
  returning * into created;
  return account(created, tally_of(created), creation_kind(created), at, r);
end $$;

-- A whole turn, or its question. record_turns() does the same for many at once.
create function record_interaction(owner uuid, c jsonb, defaults jsonb, r bigint)
returns command_result language plpgsql as $$
declare
  known command_result := retried(owner, c, r);
  at timestamptz := moment(c);
  placed placement;
begin
  if known.revision is not null then return known; end if;
  placed := session_for(owner, c, defaults, at, r);
  if placed.session_id is null then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  return insert_interaction(owner, c, placed, turn_state(c), at);
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
  if i.status = 'PENDING' then return amend(i, c, state, finishing_kind(state), r); end if;
  if i.status = state and i.finish_fingerprint = decode(c ->> 'finishFingerprint', 'hex') then
    return done(r, i.session_id, i.id);
  end if;
  return refuse(r, 'CONFLICT', format('The interaction is already %s.', i.status));
end $$;

-- Feedback, metadata, and steps of a known turn. A client-supplied step id makes the retry of a step harmless.
create function update_interaction(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i interactions;
  result command_result := retried(owner, c, r);
begin
  if result.revision is not null then return result; end if;
  i := interaction_to_change(owner, uuid_of(c, 'id'));
  if i.id is null then return refuse(r, 'NOT_FOUND', 'Interaction'); end if;
  result := amend(i, c, i.status, 'INTERACTION_UPDATED', r);
  if result.error_code is null then perform remember_message(owner, c, i.id); end if;
  return result;
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
  known command_result := retried(owner, c, r);
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

-- Told in the session it was said in, and in every fork that saw it.
create function delete_interaction(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i interactions;
  result command_result;
  fork uuid;
begin
  perform open_receipt();
  perform keep_ids(owner, null, uuid_of(c, 'id'));
  i := interaction_to_change(owner, uuid_of(c, 'id'));
  delete from interactions x where x.user_id = owner and x.id = i.id;
  if not found then
    perform closed_receipt();
    return refuse(r, 'NOT_FOUND', 'Interaction');
  end if;
  r := withdraw_quotes(owner, null, i.id, r);
  perform store_receipt(owner, 'INTERACTION', i.id, r + 1);
  result := account(
    i, difference(row(0, 0, 0, 0, 0, 0, 0, 0, 0), tally_of(i)), 'INTERACTION_DELETED', null, r);
  for fork in
    select a.session_id from session_ancestors a
    where a.user_id = owner and a.ancestor_id = i.session_id and i.sequence <= a.up_to order by 1
  loop
    result.revision := log_change(owner, 'INTERACTION_DELETED', fork, i.id, result.revision);
  end loop;
  return result;
end $$;
