-- Imports. A process reads the file and brings its items in batches; what a batch stored, what it counted, and how far
-- the file has been read move in one transaction, so that another process can go on where one died.

-- What became of one item: 'created', 'existing', or 'refused' with a reason; `r` is the last revision taken.
create type imported as (r bigint, outcome text, reason text);

create function became(r bigint, outcome text, reason text default null) returns imported language sql immutable as $$
  select row(r, outcome, reason)::imported
$$;

-- What became of a batch: the last revision taken, all that was counted so far, and why items were refused.
create type import_outcome as (r bigint, counts jsonb, problems jsonb);

-- `c` has the items of a batch in groups: {kind, what, sessionId, items: [{path, value}]} of those of one kind that follow
-- each other, in one session. Without sequential scans, because a connection that planned these statements while the
-- tables were empty would read all that it imports for each turn, until they are analysed.
create function import_items(owner uuid, c jsonb, r bigint) returns command_result
language plpgsql set enable_seqscan = off as $$
declare
  i imports;
  stored import_outcome;
begin
  select x.* into i from imports x where x.user_id = owner and x.id = uuid_of(c, 'id') for update;
  if i.state is distinct from 'RUNNING' or i.run_id is distinct from uuid_of(c, 'runId') then
    return refuse(r, 'CONFLICT', 'The import is not this run''s any more.');
  end if;
  if i.position >= (c ->> 'position')::bigint then return done(r, null, null); end if;
  -- All at once, since what each item would cost to undo alone others would pay for: a transaction of more than 64 such
  -- parts slows every snapshot of the database.
  begin
    stored := import_all(owner, c -> 'groups', i, false, r);
  exception when data_exception or integrity_constraint_violation then
    stored := import_all(owner, c -> 'groups', i, true, r);
  end;
  update imports x
  set position = (c ->> 'position')::bigint, read_bytes = (c ->> 'readBytes')::bigint, format = c ->> 'format',
      counts = stored.counts, error_count = x.error_count + jsonb_array_length(stored.problems),
      errors = (
        select coalesce(jsonb_agg(e.value order by e.ordinality), '[]')
        from jsonb_array_elements(x.errors || stored.problems) with ordinality e where e.ordinality <= 200),
      leased_until = lease_of(c), updated_at = clock_timestamp()
  where x.user_id = owner and x.id = i.id;
  return done(stored.r, null, null);
end $$;

-- With `alone`, an item that fails leaves its neighbours as they are.
create function import_all(owner uuid, groups jsonb, i imports, alone boolean, r bigint) returns import_outcome
language plpgsql as $$
declare
  kin jsonb;
  item jsonb;
  last bigint;
  one imported;
  tallied jsonb := i.counts;
  problems jsonb := '[]';
  before bigint := r;
begin
  for kin in select value from jsonb_array_elements(groups) loop
    if kin ->> 'kind' = 'interaction' and not alone then
      last := import_new_turns(owner, uuid_of(kin, 'sessionId'), kin -> 'items', i.dry_run, r);
      if last is not null then
        r := last;
        tallied := counted(tallied, kin ->> 'what', 'created', jsonb_array_length(kin -> 'items'));
        continue;
      end if;
    end if;
    for item in select value from jsonb_array_elements(kin -> 'items') loop
      if alone then
        begin
          one := import_item(owner, kin, item -> 'value', i.dry_run, r);
        exception when data_exception or integrity_constraint_violation then
          one := became(r, 'refused', 'contradicts what is stored');
        end;
      else
        one := import_item(owner, kin, item -> 'value', i.dry_run, r);
      end if;
      r := one.r;
      tallied := counted(tallied, kin ->> 'what', one.outcome, 1);
      if one.outcome = 'refused' then
        problems := problems || jsonb_build_object('path', item ->> 'path', 'message', one.reason);
      end if;
    end loop;
  end loop;
  perform count_imported(owner, before, r);
  return row(r, tallied, problems);
end $$;

-- Adds the turns between two places of the log to what their sessions count: once a batch, because each change of an ended
-- session is a change of every index of it.
create function count_imported(owner uuid, after bigint, until bigint) returns void language sql as $$
  with n as materialized (
    select i.session_id, max(i.revision) as revision, count(*) as interactions, sum(t.users) as users,
      sum(t.assistants) as assistants, sum(t.systems) as systems, sum(t.tools) as tools,
      sum(t.tool_calls) as tool_calls, sum(t.errors) as errors,
      sum(t.input_tokens) as input_tokens, sum(t.output_tokens) as output_tokens
    from interactions i, tally_of(i) t
    where i.user_id = owner and i.sequence > after and i.sequence <= until group by i.session_id
  )
  update sessions s
  set interaction_count = s.interaction_count + n.interactions,
      user_message_count = s.user_message_count + n.users,
      assistant_message_count = s.assistant_message_count + n.assistants,
      system_message_count = s.system_message_count + n.systems,
      tool_message_count = s.tool_message_count + n.tools,
      tool_call_count = s.tool_call_count + n.tool_calls,
      error_count = s.error_count + n.errors,
      input_tokens = s.input_tokens + n.input_tokens,
      output_tokens = s.output_tokens + n.output_tokens,
      revision = greatest(s.revision, n.revision)
  from n
  where s.user_id = owner and s.id = n.session_id
$$;

create function counted(counts jsonb, what text, outcome text, n integer) returns jsonb language sql immutable as $$
  select case when what is null or outcome is null then counts else
    counts || jsonb_build_object(what || ' ' || outcome, coalesce((counts ->> (what || ' ' || outcome))::bigint, 0) + n) end
$$;

create function import_item(owner uuid, kin jsonb, v jsonb, dry boolean, r bigint) returns imported
language plpgsql as $$
begin
  return case kin ->> 'kind'
    when 'settings' then import_settings(owner, v, dry, r)
    when 'template' then import_template(owner, v, dry, r)
    when 'session' then import_session(owner, v, dry, r)
    when 'branch' then import_branch(owner, uuid_of(kin, 'sessionId'), v, dry, r)
    when 'interaction' then import_interaction(owner, uuid_of(kin, 'sessionId'), v, dry, r)
    when 'summary' then import_summary(owner, uuid_of(kin, 'sessionId'), v, dry, r)
    when 'sessionEnd' then import_session_end(owner, v, dry, r)
    when 'forgottenFact' then import_forgotten_fact(owner, v, dry, r)
    when 'fact' then import_fact(owner, v, dry, r)
    when 'usage' then import_usage(owner, v, dry, r)
    when 'refused' then became(r, 'refused', v ->> 'reason')
  end;
end $$;

-- What the user has not set here is set as it was.
create function import_settings(owner uuid, v jsonb, dry boolean, r bigint) returns imported language plpgsql as $$
declare
  u users;
  schedule jsonb := v -> 'backupSchedule';
begin
  select x.* into u from users x where x.id = owner;
  if exists (select from backup_schedules s where s.user_id = owner) then schedule := null; end if;
  if schedule is null
    and (u.display_name is not null or not v ? 'displayName')
    and (u.time_zone <> 'UTC' or coalesce(v ->> 'timeZone', 'UTC') = 'UTC')
    and (u.idle_timeout_seconds is not null or not v ? 'idleTimeoutSeconds')
  then
    return became(r, 'existing');
  end if;
  if dry then return became(r, 'created'); end if;
  update users x
  set display_name = coalesce(u.display_name, v ->> 'displayName'),
      time_zone = case u.time_zone when 'UTC' then coalesce(v ->> 'timeZone', 'UTC') else u.time_zone end,
      idle_timeout_seconds = coalesce(u.idle_timeout_seconds, (v ->> 'idleTimeoutSeconds')::integer)
  where x.id = owner;
  if schedule is not null then r := (set_backup_schedule(owner, schedule, r)).revision; end if;
  return became(log_change(owner, 'USER_UPDATED', null, null, r), 'created');
end $$;

create function import_template(owner uuid, v jsonb, dry boolean, r bigint) returns imported language plpgsql as $$
declare
  created command_result;
begin
  if exists (select from templates t where t.user_id = owner and t.id = uuid_of(v, 'id')) then
    return became(r, 'existing');
  elsif is_template_name_taken(owner, v ->> 'name', uuid_of(v, 'id')) then
    return became(r, 'refused', 'Another template has this name.');
  end if;
  if dry then return became(r, 'created'); end if;
  created := create_template(owner, v, r);
  if created.error_code is not null then return became(r, 'refused', created.error_message); end if;
  update templates t
  set created_at = coalesce((v ->> 'createdAt')::timestamptz, t.created_at),
      updated_at = coalesce((v ->> 'updatedAt')::timestamptz, t.updated_at)
  where t.user_id = owner and t.id = uuid_of(v, 'id');
  return became(created.revision, 'created');
end $$;

-- A session that is there stays as it is. A new one has ended, whatever the file says: it is not what goes on now.
create function import_session(owner uuid, v jsonb, dry boolean, r bigint) returns imported language plpgsql as $$
declare
  started timestamptz := (v ->> 'startedAt')::timestamptz;
  active timestamptz := greatest(started, (v ->> 'lastActivityAt')::timestamptz);
  ended timestamptz := greatest(active, (v ->> 'endedAt')::timestamptz);
  duration interval := make_interval(secs => (v ->> 'durationSeconds')::float8);
  parent uuid;
begin
  if exists (select from sessions s where s.user_id = owner and s.id = uuid_of(v, 'id')) then
    return became(r, 'existing');
  end if;
  if dry then return became(r, 'created'); end if;
  select s.id into parent from sessions s where s.user_id = owner and s.id = uuid_of(v, 'parentSessionId');
  insert into sessions (
    user_id, id, project_id, scope, type, channel, external_user_id, external_chat_id, title, tags, pinned,
    started_at, period_started_at, last_activity_at, ended_at, end_reason, expires_at, lifetime_seconds,
    idle_timeout_seconds, context_summary, session_context, snapshot_at_start, state, state_version, metadata,
    token_limit, privacy, archived_at, title_from, title_removed, tree_id, parent_session_id, fork_sequence, revision
  ) values (
    owner, uuid_of(v, 'id'), uuid_of(v, 'projectId'), coalesce(v ->> 'scope', ''),
    coalesce(v ->> 'type', 'TEXT_CHAT')::session_type, v ->> 'channel', v ->> 'externalUserId', v ->> 'externalChatId',
    v ->> 'title', each_once(texts_of(v -> 'tags')),
    coalesce((v ->> 'pinned')::boolean, false),
    started, coalesce(ended - duration, started), active, ended,
    coalesce(v ->> 'endReason', 'IDLE_TIMEOUT')::end_reason, (v ->> 'expiresAt')::timestamptz,
    (v ->> 'lifetimeSeconds')::integer, (v ->> 'idleTimeoutSeconds')::integer,
    v ->> 'contextSummary', v -> 'sessionContext', v -> 'snapshotAtStart', coalesce(v -> 'state', '{}'),
    coalesce((v ->> 'stateVersion')::integer, 0), coalesce(v -> 'metadata', '{}'), (v ->> 'tokenLimit')::integer,
    privacy_in(owner, coalesce(v ->> 'scope', ''), (v ->> 'privacy')::session_privacy),
    (v ->> 'archivedAt')::timestamptz, case when v ->> 'titleSource' = 'GENERATED' then r + 1 end,
    not v ? 'title' and coalesce(v ->> 'titleSource' = 'USER', false), uuid_of(v, 'treeId'), parent,
    case when parent is not null then turn_sequence(owner, uuid_of(v, 'forkPointId')) end, r + 1
  );
  if parent is not null then perform join_trees(owner, uuid_of(v, 'id'), parent); end if;
  return became(log_change(owner, 'SESSION_STARTED', uuid_of(v, 'id'), null, r), 'created');
end $$;

create function turn_sequence(owner uuid, turn uuid) returns bigint language sql stable as $$
  select i.sequence from interactions i where i.user_id = owner and i.id = turn
$$;

-- Two sessions that hang together are of one tree, and so are all that hang together with either.
create function join_trees(owner uuid, session uuid, other uuid) returns void language plpgsql as $$
declare
  trees uuid[] := array(
    select s.tree_id from sessions s
    where s.user_id = owner and s.id in (session, other) and s.tree_id is not null order by s.id <> other);
begin
  update sessions s set tree_id = coalesce(trees[1], session)
  where s.user_id = owner and (s.id in (session, other) or s.tree_id = any(trees))
    and s.tree_id is distinct from coalesce(trees[1], session);
end $$;

-- Lets a session have the turns of another up to a place of the log, as a fork of it would. Null, or why it cannot.
create function inherit(owner uuid, session uuid, holder uuid, until bigint) returns text language plpgsql as $$
declare
  heir sessions;
begin
  select s.* into heir from sessions s where s.user_id = owner and s.id = session;
  if not found then return 'Its session has been deleted.'; end if;
  if heir.privacy = 'GROUP' and exists (
    select from sessions s where s.user_id = owner and s.id = holder and s.privacy = 'PRIVATE'
  ) then
    return 'What is private cannot be part of a group’s session.';
  elsif exists (
    select from interactions i where i.user_id = owner and i.session_id = session and i.sequence <= until
  ) then
    return 'It would stand behind what was said after it.';
  elsif (select count(*) from session_parts p where p.user_id = owner and p.session_id = session) > 100 then
    return 'Its session has turns of a hundred others already.';
  end if;
  insert into session_ancestors as known (user_id, session_id, ancestor_id, up_to)
  values (owner, session, holder, until)
  on conflict (user_id, session_id, ancestor_id) do update set up_to = greatest(known.up_to, excluded.up_to);
  perform join_trees(owner, session, holder);
  return null;
end $$;

create function has_turn(owner uuid, session uuid, holder uuid, place bigint) returns boolean language sql stable as $$
  select exists (
    select from session_parts p
    where p.user_id = owner and p.session_id = session and p.part_id = holder and place <= p.up_to)
$$;

-- What a fork has of another session, up to an interaction or a summary: of whichever session holds that here.
create function import_branch(owner uuid, session uuid, v jsonb, dry boolean, r bigint)
returns imported language plpgsql as $$
declare
  last record;
  reason text;
begin
  select x.* into last from (
    select i.session_id as holder, i.sequence as place from interactions i
    where i.user_id = owner and i.id = uuid_of(v, 'lastInteractionId')
    union all
    select m.session_id, m.to_sequence from summaries m
    where m.user_id = owner and m.id = uuid_of(v, 'lastSummaryId')
  ) x limit 1;
  if has_turn(owner, session, last.holder, last.place) then return became(r, 'existing'); end if;
  if dry then return became(r, 'created'); end if;
  reason := case when last.holder is null then 'What it has of that session is not there.'
    else inherit(owner, session, last.holder, last.place) end;
  if reason is not null then return became(r, 'refused', reason); end if;
  return became(touch_session(owner, session, 'SESSION_UPDATED', r), 'created');
end $$;

create function import_interaction(owner uuid, session uuid, v jsonb, dry boolean, r bigint)
returns imported language plpgsql as $$
declare
  given uuid := uuid_of(v, 'id');
  known interactions;
  reason text;
begin
  select x.* into known from whole_interactions x where x.user_id = owner and x.id = given;
  if found and known.question is not distinct from v ->> 'question'
    and has_turn(owner, session, known.session_id, known.sequence)
  then
    return became(r, 'existing');
  elsif found and known.question is not distinct from v ->> 'question' and (v ->> 'isOfTree')::boolean then
    -- Another session of its tree holds it, be it the one that the turn was said in.
    if dry then return became(r, 'existing'); end if;
    reason := inherit(owner, session, known.session_id, known.sequence);
    if reason is not null then return became(r, 'refused', reason); end if;
    return became(touch_session(owner, session, 'SESSION_UPDATED', r), 'existing');
  elsif found or exists (
    select from message_ids m
    where m.user_id = owner and m.interaction_id is not null and m.id in (given, uuid_of(v, 'answerId'))
  ) then
    return became(r, 'refused', 'Something else is stored under its id.');
  elsif exists (
    select from changes d where d.user_id = owner and d.interaction_id = given and d.kind = 'INTERACTION_DELETED'
  ) then
    return became(r, 'refused', 'What was stored under its id has been deleted.');
  end if;
  if dry then return became(r, 'created'); end if;
  if not exists (select from sessions s where s.user_id = owner and s.id = session) then
    return became(r, 'refused', 'Its session has been deleted.');
  end if;
  return became(store_turns(owner, session, jsonb_build_array(jsonb_build_object('value', v)), r), 'created');
end $$;

-- Turns of a session that follow each other, at once when each of them is new, which takes half of the time that it
-- takes one by one. The last revision taken; null, and nothing is stored, when one of them or the session is not so.
create function import_new_turns(owner uuid, session uuid, turns jsonb, dry boolean, r bigint) returns bigint
language plpgsql as $$
declare
  ids uuid[] := array(select uuid_of(t -> 'value', 'id') from jsonb_array_elements(turns) t);
  all_ids uuid[] := ids || array(
    select uuid_of(t -> 'value', 'answerId') from jsonb_array_elements(turns) t where t -> 'value' ? 'answerId');
begin
  if (select count(distinct id) from unnest(all_ids) id) < cardinality(all_ids)
    or exists (select from interactions i where i.user_id = owner and i.id = any(ids))
    or exists (
      select from message_ids m where m.user_id = owner and m.interaction_id is not null and m.id = any(all_ids))
    or exists (
      select from changes d where d.user_id = owner and d.interaction_id = any(ids) and d.kind = 'INTERACTION_DELETED')
  then
    return null;
  end if;
  if dry then return r; end if;
  if not exists (select from sessions s where s.user_id = owner and s.id = session) then return null; end if;
  return store_turns(owner, session, turns, r);
end $$;

-- Who it was is nobody's word: whoever wrote the file may say anything. Nothing is said now: the activity of the session
-- is the file's. The session counts its turns with the batch.
create function store_turns(owner uuid, session uuid, turns jsonb, r bigint) returns bigint language plpgsql as $$
begin
  with told as (
    select a.v -> 'value' as v, a.step from jsonb_array_elements(turns) with ordinality a (v, step)
  ), created as (
    insert into interactions
    select i.* from told t
    join sessions s on s.user_id = owner and s.id = session
    cross join new_interaction(
      owner, t.v, session, s.type, (t.v ->> 'status')::interaction_status, (t.v ->> 'occurredAt')::timestamptz, r + t.step) n
    cross join jsonb_populate_record(n, jsonb_build_object(
      'context_used', marked(t.v -> 'contextUsed'), 'rating', t.v -> 'rating', 'rating_comment', t.v -> 'ratingComment',
      'created_at', coalesce(t.v ->> 'createdAt', n.created_at::text), 'completed_at', t.v -> 'completedAt')) i
    returning *
  ), logged as (
    insert into changes (user_id, revision, kind, session_id, interaction_id, at)
    select owner, i.revision, creation_kind(i), session, i.id, clock_timestamp() from created i
  ), answered as (
    insert into answers (
      user_id, interaction_id, version, model, started_at, first_token_at, finish_reason, status, answer, answer_tokens,
      error, error_code, context_used, rating, rating_comment, completed_at, quoted)
    select owner, uuid_of(t.v, 'id'), a.version, a.model, a."startedAt", a."firstTokenAt", a."finishReason", a.status,
      a.answer, coalesce(a."answerTokens", 0), a.error, a."errorCode", marked(a."contextUsed"), a.rating,
      a."ratingComment", a."completedAt",
      quoted_in(case when a.status is null then t.v ->> 'answer' else a.answer end, a.model)
    from told t
    cross join jsonb_to_recordset(coalesce(t.v -> 'answers', '[]')) a (
      version integer, model text, "startedAt" timestamptz, "firstTokenAt" timestamptz, "finishReason" text,
      status interaction_status, answer text, "answerTokens" integer, error text, "errorCode" text, "contextUsed" jsonb,
      rating smallint, "ratingComment" text, "completedAt" timestamptz)
  ), identified as (
    insert into message_ids (user_id, id, interaction_id)
    select owner, uuid_of(t.v, 'answerId'), uuid_of(t.v, 'id') from told t where t.v ? 'answerId'
    on conflict (user_id, id) do update set interaction_id = excluded.interaction_id
  ), signed as (
    insert into interaction_authors (user_id, interaction_id)
    select owner, uuid_of(t.v, 'id') from told t where t.v ? 'author'
  )
  select r + count(*) into r from created;
  return r;
end $$;

-- The places in a receipt are those of the log that it was written for.
create function marked(context_used jsonb) returns jsonb language sql immutable as $$
  select case when is_receipt(context_used) then context_used || '{"imported": true}' else context_used end
$$;

-- A summary of interactions that its session has, of which all must be there: it may hold words of those that are not.
-- One whose interactions were cleared, or that summaries were folded into, has the place of these, or of its own in front
-- of the session's log.
create function import_summary(owner uuid, session uuid, v jsonb, dry boolean, r bigint)
returns imported language plpgsql as $$
declare
  first bigint;
  last bigint;
  covered bigint;
begin
  if exists (select from summaries s where s.user_id = owner and s.id = uuid_of(v, 'id')) then
    return became(r, 'existing');
  end if;
  if dry then return became(r, 'created'); end if;
  select min(i.sequence), max(i.sequence) into first, last from interactions i
  where i.user_id = owner and i.id in (uuid_of(v, 'firstInteractionId'), uuid_of(v, 'lastInteractionId'))
    and has_turn(owner, session, i.session_id, i.sequence);
  select count(*) into covered from session_parts p
  join interactions i on i.user_id = owner and i.session_id = p.part_id and i.sequence <= p.up_to
  where p.user_id = owner and p.session_id = session and i.sequence between first and last;
  if covered <> (v ->> 'interactionCount')::bigint then
    return became(r, 'refused', 'Not all of its interactions are there.');
  end if;
  select least(first, min(s.from_sequence)), greatest(last, max(s.to_sequence)) into first, last from summaries s
  where s.user_id = owner and s.session_id = session
    and s.id in (select f.value::uuid from jsonb_array_elements_text(v -> 'folds') f);
  insert into summaries (
    user_id, id, session_id, level, from_sequence, to_sequence, text, tokens, produced_by, prompt_hash, pinned,
    reverted_at, created_at
  ) values (
    owner, uuid_of(v, 'id'), session, (v ->> 'level')::smallint, coalesce(first, r + 1), coalesce(last, r + 1),
    v ->> 'text', (v ->> 'tokens')::integer, v ->> 'producedBy', v ->> 'promptHash', (v ->> 'pinned')::boolean,
    (v ->> 'revertedAt')::timestamptz, (v ->> 'createdAt')::timestamptz
  );
  update summaries s set superseded_by = uuid_of(v, 'id')
  where s.user_id = owner and s.session_id = session
    and s.id in (select f.value::uuid from jsonb_array_elements_text(v -> 'folds') f);
  return became(touch_session(owner, session, 'SUMMARY_CREATED', r), 'created');
end $$;

-- What of a session refers to its interactions.
create function import_session_end(owner uuid, v jsonb, dry boolean, r bigint) returns imported language plpgsql as $$
begin
  if dry then return became(r, null); end if;
  -- It may be among its own: a parent that was cleared left its turns to its forks.
  update sessions s set fork_sequence = turn_sequence(owner, uuid_of(v, 'forkPointId'))
  where s.user_id = owner and s.id = uuid_of(v, 'id') and s.parent_session_id is not null and s.fork_sequence is null;
  update sessions s
  set context_summary_to = i.sequence
  from interactions i
  where s.user_id = owner and s.id = uuid_of(v, 'id') and s.context_summary = v ->> 'contextSummary'
    and i.user_id = owner and i.session_id = s.id and i.id = uuid_of(v, 'contextSummaryTo');
  update sessions s
  set session_context_to = i.sequence
  from interactions i
  where s.user_id = owner and s.id = uuid_of(v, 'id') and s.session_context = v -> 'sessionContext'
    and i.user_id = owner and i.session_id = s.id and i.id = uuid_of(v, 'sessionContextTo');
  update sessions s
  set title_from = (
    select coalesce(max(i.sequence), s.title_from) from interactions i where i.user_id = owner and i.session_id = s.id)
  where s.user_id = owner and s.id = uuid_of(v, 'id') and s.title_from is not null and s.title = v ->> 'title';
  insert into understanding_levels (user_id, session_id, level, reached_at)
  select owner, s.id, (v ->> 'understandingLevel')::smallint, (v ->> 'understandingReachedAt')::timestamptz
  from sessions s where s.user_id = owner and s.id = uuid_of(v, 'id') and v ? 'understandingLevel'
  on conflict do nothing;
  return became(r, null);
end $$;

create function import_forgotten_fact(owner uuid, v jsonb, dry boolean, r bigint) returns imported language plpgsql as $$
begin
  if exists (
    select from forgotten_facts x where x.user_id = owner and x.category = (v ->> 'category')::fact_category
      and x.digests = digests_of(v)
  ) then
    return became(r, 'existing');
  end if;
  if dry then return became(r, 'created'); end if;
  insert into forgotten_facts (user_id, category, digests, forgotten_at)
  values (owner, (v ->> 'category')::fact_category, digests_of(v), (v ->> 'forgottenAt')::timestamptz);
  return became(log_change(owner, 'FACT_FORGOTTEN', null, null, r), 'created');
end $$;

-- What is known already, in these or other words, stays as it is.
create function import_fact(owner uuid, v jsonb, dry boolean, r bigint) returns imported language plpgsql as $$
declare
  of_category fact_category := v ->> 'category';
begin
  if exists (
    select from facts f
    where f.user_id = owner and (f.id = uuid_of(v, 'id') or (f.category = of_category and f.key = v ->> 'key'))
  ) then
    return became(r, 'existing');
  elsif is_forgotten(owner, of_category, digests_of(v)) then
    return became(r, 'refused', 'It is to stay forgotten.');
  elsif (select count(*) from facts f where f.user_id = owner) >= 2000 then
    return became(r, 'refused', 'The profile holds 2,000 facts.');
  end if;
  if dry then return became(r, 'created'); end if;
  if v ? 'supersededBy'
    and not exists (select from facts f where f.user_id = owner and f.id = uuid_of(v, 'supersededBy'))
  then
    return became(r, 'refused', 'What took its place is not there.');
  elsif not v ? 'supersededBy' and exists (
    select from facts f where f.user_id = owner and f.slot = v ->> 'slot' and f.superseded_by is null
  ) then
    return became(r, 'refused', 'Something else is known in its place.');
  end if;
  insert into facts (
    user_id, id, category, text, key, slot, origin, produced_by, confidence, pinned, superseded_by, first_seen_at,
    last_seen_at
  ) values (
    owner, uuid_of(v, 'id'), of_category, v ->> 'text', v ->> 'key', v ->> 'slot', (v ->> 'origin')::fact_origin,
    v ->> 'producedBy', (v ->> 'confidence')::real, (v ->> 'pinned')::boolean, uuid_of(v, 'supersededBy'),
    (v ->> 'firstSeenAt')::timestamptz, (v ->> 'lastSeenAt')::timestamptz
  );
  insert into fact_sources (user_id, fact_id, interaction_id, certainty, said_at)
  select owner, uuid_of(v, 'id'), i.id, s.certainty, s."saidAt"
  from jsonb_to_recordset(v -> 'sources') s ("interactionId" uuid, certainty real, "saidAt" timestamptz)
  join interactions i on i.user_id = owner and i.id = s."interactionId";
  if not found and v ->> 'origin' = 'LEARNT' and not (v ->> 'pinned')::boolean then
    delete from facts f where f.user_id = owner and f.id = uuid_of(v, 'id');
    return became(r, 'refused', 'Nothing that it was learnt from is there.');
  end if;
  return became(log_change(owner, 'FACTS_LEARNT', null, null, r), 'created');
end $$;

create function import_usage(owner uuid, v jsonb, dry boolean, r bigint) returns imported language plpgsql as $$
begin
  if exists (select from token_usage t where t.user_id = owner and t.id = uuid_of(v, 'id')) then
    return became(r, 'existing');
  end if;
  if not dry then
    insert into token_usage (user_id, id, at, kind, model, prompt_tokens, answer_tokens, session_id, interaction_id)
    values (
      owner, uuid_of(v, 'id'), (v ->> 'at')::timestamptz, (v ->> 'kind')::usage_kind, v ->> 'model',
      (v ->> 'promptTokens')::integer, (v ->> 'answerTokens')::integer,
      (select s.id from sessions s where s.user_id = owner and s.id = uuid_of(v, 'sessionId')),
      (select i.id from interactions i where i.user_id = owner and i.id = uuid_of(v, 'interactionId'))
    );
  end if;
  return became(r, 'created');
end $$;

-- Ends an import that is under way. What it has made stays; its file goes.
create function end_import(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i imports;
  deleted uuid;
begin
  select x.* into i from imports x where x.user_id = owner and x.id = uuid_of(c, 'id') for update;
  if not found then return refuse(r, 'NOT_FOUND', 'Import'); end if;
  if i.state not in ('UPLOADING', 'WAITING', 'RUNNING') then return done(r, null, null); end if;
  if c ? 'runId' and i.run_id is distinct from uuid_of(c, 'runId') then
    return refuse(r, 'CONFLICT', 'The import is not this run''s any more.');
  end if;
  update imports x
  set state = (c ->> 'state')::transfer_state, run_id = null, leased_until = null, updated_at = clock_timestamp(),
      read_bytes = coalesce((c ->> 'readBytes')::bigint, x.read_bytes),
      error_count = x.error_count + (c ? 'message')::integer,
      errors = case when c ? 'message'
        then x.errors || jsonb_build_object('path', 'file', 'message', c ->> 'message') else x.errors end
  where x.user_id = owner and x.id = i.id;
  delete from import_chunks x where x.user_id = owner and x.import_id = i.id;
  -- Turns that are to stay deleted have been refused. So are, now that all the others are there, quotations of them.
  for deleted in
    select distinct turn from answers a, unnest(a.quoted) turn
    where a.user_id = owner and a.quoted <> '{}'
      and exists (
        select from changes d where d.user_id = owner and d.interaction_id = turn and d.kind = 'INTERACTION_DELETED')
      and not exists (select from interactions x where x.user_id = owner and x.id = turn)
  loop
    r := withdraw_quotes(owner, null, deleted, r);
  end loop;
  return done(r, null, null);
end $$;

-- The next import that nobody works at, for the run that asks. An upload that nobody went on with for a day is given up.
create function take_import(run uuid, lease_seconds integer) returns setof imports
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from imports i where i.state = 'UPLOADING' and i.updated_at < now() - interval '1 day';
  return query
  update imports i
  set state = 'RUNNING', run_id = run, leased_until = clock_timestamp() + make_interval(secs => lease_seconds),
      updated_at = clock_timestamp()
  where (i.user_id, i.id) = (
    select x.user_id, x.id from imports x
    where x.state = 'WAITING' or (x.state = 'RUNNING' and x.leased_until < clock_timestamp())
    order by x.created_at limit 1 for update skip locked)
  returning i.*;
end $$;

-- Tells that the run is alive; false when it is no longer its.
create function renew_import(owner uuid, import uuid, run uuid, lease_seconds integer) returns boolean
language plpgsql as $$
begin
  perform as_user(owner);
  update imports i set leased_until = clock_timestamp() + make_interval(secs => lease_seconds)
  where i.user_id = owner and i.id = import and i.run_id = run;
  return found;
end $$;

revoke execute on function take_import from public;
