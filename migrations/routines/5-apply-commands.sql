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
    when 'learnFacts' then learn_facts(owner, c, r)
    when 'addFact' then add_fact(owner, c, r)
    when 'correctFact' then correct_fact(owner, c, r)
    when 'pinFact' then pin_fact(owner, c, r)
    when 'forgetFact' then forget_fact(owner, c, r)
    when 'storeSummary' then store_summary(owner, c, r)
    when 'revertSummary' then revert_summary(owner, c, r)
    when 'pinSummary' then pin_summary(owner, c, r)
    when 'describeSession' then describe_session(owner, c, r)
    when 'updateUser' then update_user(owner, c, r)
    when 'recordUsage' then record_usage(owner, c, r)
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
