-- What each kind of command is. Statements, since as one expression all of its branches were made ready for every
-- transaction: a twentieth of the time of a turn that is recorded alone.
create function run_command(owner uuid, c jsonb, defaults jsonb, r bigint)
returns command_result language plpgsql as $$
begin
  case c ->> 'kind'
    when 'recordInteraction' then return record_interaction(owner, c, defaults, r);
    when 'openInteraction' then return record_interaction(owner, c, defaults, r);
    when 'completeInteraction' then return finish_interaction(owner, c, 'COMPLETED', r);
    when 'failInteraction' then return finish_interaction(owner, c, 'FAILED', r);
    when 'addMessage' then return add_message(owner, c, defaults, r);
    when 'updateInteraction' then return update_interaction(owner, c, r);
    when 'deleteInteraction' then return delete_interaction(owner, c, r);
    when 'startSession' then return start_session(owner, c, defaults, r);
    when 'getOrCreateSession' then return get_or_create_session(owner, c, defaults, r);
    when 'updateSession' then return update_session(owner, c, r);
    when 'updateSessionState' then return update_session_state(owner, c, r);
    when 'endSession' then return end_session(owner, c, r);
    when 'endSessions' then return end_sessions(owner, c, r);
    when 'sweepSession' then return sweep_session(owner, c, r);
    when 'resumeSession' then return resume_session(owner, c, r);
    when 'clearMessages' then return clear_messages(owner, c, r);
    when 'deleteSession' then return delete_session(owner, c, r);
    when 'forkSession' then return fork_session(owner, c, defaults, r);
    when 'deleteOldSessions' then return delete_old_sessions(owner, c, r);
    when 'bulkUpdateSessions' then return bulk_update_sessions(owner, c, r);
    when 'bulkTagSessions' then return bulk_tag_sessions(owner, c, r);
    when 'bulkEndSessions' then return bulk_end_sessions(owner, c, r);
    when 'bulkDeleteSessions' then return bulk_delete_sessions(owner, c, r);
    when 'replaceTag' then return replace_tag(owner, c, r);
    when 'titleSession' then return title_session(owner, c, r);
    when 'learnFacts' then return learn_facts(owner, c, r);
    when 'addFact' then return add_fact(owner, c, r);
    when 'correctFact' then return correct_fact(owner, c, r);
    when 'pinFact' then return pin_fact(owner, c, r);
    when 'forgetFact' then return forget_fact(owner, c, r);
    when 'storeSummary' then return store_summary(owner, c, r);
    when 'revertSummary' then return revert_summary(owner, c, r);
    when 'pinSummary' then return pin_summary(owner, c, r);
    when 'describeSession' then return describe_session(owner, c, r);
    when 'updateUser' then return update_user(owner, c, r);
    when 'linkIdentity' then return link_identity(owner, c, r);
    when 'sendMessage' then return send_message(owner, c, defaults, r);
    when 'regenerateAnswer' then return regenerate_answer(owner, c, r);
    when 'extendAnswer' then return extend_answer(owner, c, r);
    when 'takeAnswer' then return take_answer(owner, c, r);
    when 'finishAnswer' then return finish_answer(owner, c, r);
    when 'recordUsage' then return record_usage(owner, c, r);
    when 'setBackupSchedule' then return set_backup_schedule(owner, c, r);
    when 'requestBackup' then return request_backup(owner, c, r);
    when 'completeBackup' then return complete_backup(owner, c, r);
    when 'failBackup' then return fail_backup(owner, c, r);
    when 'deleteBackup' then return delete_backup(owner, c, r);
    when 'exportProgress' then return export_progress(owner, c, r);
    when 'importItems' then return import_items(owner, c, r);
    when 'endImport' then return end_import(owner, c, r);
    when 'createTemplate' then return create_template(owner, c, r);
    when 'updateTemplate' then return update_template(owner, c, r);
    when 'deleteTemplate' then return delete_template(owner, c, r);
    when 'startFromTemplate' then return start_from_template(owner, c, defaults, r);
    when 'shareSession' then return share_session(owner, c, r);
    when 'revokeShares' then return revoke_shares(owner, c, r);
    when 'acceptShare' then return accept_share(owner, c, r);
    when 'declineShare' then return decline_share(owner, c, r);
    when 'continueShared' then return continue_shared(owner, c, defaults, r);
    when 'recordSharedTurn', 'openSharedTurn' then return record_shared_turn(owner, c, r);
    when 'completeSharedTurn', 'failSharedTurn', 'recordSharedToolCall' then return continue_shared_turn(owner, c, r);
  end case;
end $$;

-- Records the turns of a batch by sets: of 16 users in half the time that it takes one by one. Only of users of whom the
-- batch has nothing but plain turns, new ones for sessions that are active; whatever else there is (a retry, an import, a
-- session to create, end or resume) is left to run_command(), which keeps the order of each user's commands. Locks all
-- users of the batch, in the order of their ids. Its rows are of many users, so it owns them and asks no policy: every
-- row it touches, it finds by the user of the command.
create function record_turns(commands jsonb)
returns table (index integer, owner uuid, revision bigint, session json, interaction json)
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  at timestamptz;
  owners uuid[] := array(select distinct uuid_of(c, 'userId') from jsonb_array_elements(commands) c);
begin
  perform from revisions v where v.user_id = any(owners) order by v.user_id for no key update;
  at := moment('{}');
  with turn as materialized (
    select t.*, s.id as session_id, s.type, row_number() over (partition by t.owner order by t.index) as step
    from (
      select a.ordinality as index, a.c, uuid_of(a.c, 'userId') as owner, uuid_of(a.c, 'id') as id
      from jsonb_array_elements(commands) with ordinality a (c, ordinality)
    ) t
    left join lateral (
      select s.id, s.type from sessions s
      where not t.c ? 'sessionId' and s.user_id = t.owner and s.scope = coalesce(t.c ->> 'scope', '')
        and s.ended_at is null and is_fresh(s, at) and s.type = coalesce((t.c ->> 'type')::session_type, s.type)
      union all
      select s.id, s.type from sessions s
      where t.c ? 'sessionId' and s.user_id = t.owner and s.id = uuid_of(t.c, 'sessionId')
        and s.ended_at is null and is_fresh(s, at)
    ) s on true
  ), plain as (
    select t.owner, count(*) as turns from turn t group by t.owner
    having bool_and(
        t.c ->> 'kind' in ('recordInteraction', 'openInteraction') and t.session_id is not null
        and not t.c ? 'occurredAt' and not (t.c ? 'fingerprint' and (
          exists (select from interactions i where i.user_id = t.owner and i.id = t.id)
          or exists (select from message_ids m where m.user_id = t.owner and m.id = t.id)
          or exists (
            select from changes d
            where d.user_id = t.owner and d.interaction_id = t.id and d.kind = 'INTERACTION_DELETED'))))
      and count(distinct t.id) = count(*)
      -- A session is returned as its command left it, which here is as the last one did.
      and coalesce(min(t.step) filter (where (t.c ->> 'wantSession')::boolean), count(*)) = count(*)
  ), taken as (
    update revisions v set value = v.value + p.turns from plain p where v.user_id = p.owner
    returning v.user_id, v.value - p.turns as base
  ), created as (
    insert into interactions
    select i.* from turn t join taken v on v.user_id = t.owner
    cross join new_interaction(t.owner, t.c, t.session_id, t.type, turn_state(t.c), at, v.base + t.step) i
    returning *
  ), logged as (
    insert into changes (user_id, revision, kind, session_id, interaction_id, at)
    select i.user_id, i.revision, creation_kind(i), i.session_id, i.id, clock_timestamp() from created i
  ), accounted as (
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
        last_activity_at = greatest(s.last_activity_at, at), revision = n.revision, updated_at = clock_timestamp()
    from (
      select i.user_id, i.session_id, max(i.revision) as revision,
        sum(t.interactions) as interactions, sum(t.users) as users, sum(t.assistants) as assistants,
        sum(t.systems) as systems, sum(t.tools) as tools, sum(t.tool_calls) as tool_calls, sum(t.errors) as errors,
        sum(t.input_tokens) as input_tokens, sum(t.output_tokens) as output_tokens
      from created i, tally_of(i) t group by i.user_id, i.session_id
    ) n
    where s.user_id = n.user_id and s.id = n.session_id
  )
  select array_agg(v.user_id) into owners from taken v;
  return query
  select (a.ordinality - 1)::integer, i."userId", i.revision,
    case when (a.c ->> 'wantSession')::boolean then (
      select to_json(m) from session_model m where m."userId" = i."userId" and m.id = i."sessionId") end,
    to_json(i)
  from jsonb_array_elements(commands) with ordinality a (c, ordinality)
  join interaction_model i on i."userId" = uuid_of(a.c, 'userId') and i.id = uuid_of(a.c, 'id')
  where i."userId" = any(owners);
end $$;

revoke execute on function record_turns from public;
grant execute on function record_turns to recollect_app;

-- Runs the commands (an array; each with userId and kind) in one transaction: users in the order of their ids, so that
-- concurrent calls lock in one order, and each user's commands in the order given. A refused command changes nothing
-- and does not disturb its neighbours. The session is returned to commands with `wantSession`; `detail` is what a bulk
-- has to tell. `defaults` are the server's {idleTimeoutSeconds, lifetimeSeconds, tokenLimit}. With `notify`, one
-- notification on recollect_changes tells "userId:revision,..." at commit, of users whose data changed or for whom a
-- command `wakes`. `patience` is how long to wait for a lock before all of it fails with lock_not_available.
create function apply_commands(commands jsonb, defaults jsonb, notify boolean, patience text)
returns table (
  index integer, error_code text, error_message text, revision bigint, changes integer, session json, interaction json,
  detail json
) language plpgsql as $$
declare
  item record;
  result command_result;
  base bigint;
  woken jsonb := '{}';
  recorded integer[] := '{}';
begin
  perform set_config('lock_timeout', patience, true);
  if jsonb_array_length(commands) > 1 then
    for item in select * from record_turns(commands) loop
      index := item.index; error_code := null; error_message := null;
      revision := item.revision; changes := 1; session := item.session; interaction := item.interaction;
      return next;
      recorded := recorded || index;
      woken := woken || jsonb_build_object(item.owner, revision);
    end loop;
  end if;
  for item in
    select (a.ordinality - 1)::integer as index, a.command, (a.command ->> 'userId')::uuid as owner
    from jsonb_array_elements(commands) with ordinality a (command, ordinality)
    where a.ordinality - 1 <> all (recorded)
    order by owner, a.ordinality
  loop
    perform as_user(item.owner);
    update revisions v set value = v.value + 1 where v.user_id = item.owner returning v.value - 1 into base;
    index := item.index;
    if not found then
      error_code := 'UNAUTHENTICATED';
      error_message := 'There is no such user any more.';
      revision := null; changes := 0; session := null; interaction := null; detail := null;
      return next;
      continue;
    end if;
    result := run_command(item.owner, item.command, defaults, base);
    if result.revision <> base + 1 then
      update revisions v set value = result.revision where v.user_id = item.owner;
    end if;
    if result.revision > base or ((item.command ->> 'wakes')::boolean and result.error_code is null) then
      woken := woken || jsonb_build_object(item.owner, result.revision);
    end if;
    error_code := result.error_code;
    error_message := result.error_message;
    revision := result.revision;
    changes := result.revision - base;
    detail := result.detail;
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
