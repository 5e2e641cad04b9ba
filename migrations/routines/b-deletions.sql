-- Deletions and their receipts. A deletion opens one, triggers count every row that goes while it is open, and it is
-- stored in the transaction of the deletion: so it tells what did happen, and there is none of what did not.

create function receipt_counters() returns table (fate text, what text) language sql immutable as $$
  values
    ('removed', 'sessions'), ('removed', 'interactions'), ('removed', 'answerVersions'), ('removed', 'summaries'),
    ('removed', 'facts'), ('removed', 'embeddings'), ('removed', 'recallBlocks'), ('removed', 'usageEntries'),
    ('rebuilt', 'sessionDescriptions'), ('rebuilt', 'facts'), ('rebuilt', 'recallBlocks'), ('rebuilt', 'answers')
$$;

-- Each counter is a setting of the transaction, at 10 us a row; one document of all of them took 50.
create function open_receipt() returns void language plpgsql as $$
begin
  perform set_config('recollect.receipt', 'open', true);
  perform set_config(format('recollect.%s.%s', fate, what), '0', true) from receipt_counters();
end $$;

create function is_receipt_open() returns boolean language sql stable as $$
  select current_setting('recollect.receipt', true) is not distinct from 'open'
$$;

create function count_forgotten(counter text, more bigint) returns void language plpgsql as $$
begin
  if is_receipt_open() then
    perform set_config(counter, (current_setting(counter)::bigint + more)::text, true);
  end if;
end $$;

create function closed_receipt() returns jsonb language plpgsql as $$
begin
  perform set_config('recollect.receipt', '', true);
  return (
    select jsonb_object_agg(fate, counts) from (
      select c.fate, jsonb_object_agg(c.what, current_setting(format('recollect.%s.%s', c.fate, c.what))::bigint) as counts
      from receipt_counters() c group by c.fate
    ) by_fate);
end $$;

create function store_receipt(owner uuid, of_kind deletion_kind, subject uuid, r bigint) returns void
language plpgsql as $$
declare
  receipt jsonb := closed_receipt();
begin
  insert into deletion_receipts (user_id, revision, kind, subject_id, at, removed, rebuilt)
  values (owner, r, of_kind, subject, clock_timestamp(), receipt -> 'removed', receipt -> 'rebuilt');
end $$;

-- Row by row, because a statement-level trigger of a table that is emptied by cascade runs for each row above it.
create function count_row() returns trigger language plpgsql as $$
begin
  perform set_config(tg_argv[0], (current_setting(tg_argv[0])::bigint + 1)::text, true);
  return null;
end $$;

create trigger removal_is_counted after delete on sessions
  for each row when (is_receipt_open()) execute function count_row('recollect.removed.sessions');
create trigger removal_is_counted after delete on interactions
  for each row when (is_receipt_open()) execute function count_row('recollect.removed.interactions');
create trigger removal_is_counted after delete on answers
  for each row when (is_receipt_open()) execute function count_row('recollect.removed.answerVersions');
create trigger removal_is_counted after delete on summaries
  for each row when (is_receipt_open()) execute function count_row('recollect.removed.summaries');
create trigger removal_is_counted after delete on facts
  for each row when (is_receipt_open()) execute function count_row('recollect.removed.facts');
create trigger removal_is_counted after delete on token_usage
  for each row when (is_receipt_open()) execute function count_row('recollect.removed.usageEntries');
create trigger removal_is_counted after delete on recall_blocks
  for each row when (is_receipt_open()) execute function count_row('recollect.removed.recallBlocks');
create trigger blank_is_counted after update of postings on recall_blocks
  for each row when (old.postings is not null and new.postings is null and is_receipt_open())
  execute function count_row('recollect.rebuilt.recallBlocks');

-- Where pgvector is; enable_embeddings() does the same when it makes the table.
create function count_embeddings() returns void language plpgsql as $$
begin
  if to_regclass('interaction_embeddings') is not null then
    create trigger removal_is_counted after delete on interaction_embeddings
      for each row when (is_receipt_open()) execute function count_row('recollect.removed.embeddings');
  end if;
end $$;
select count_embeddings();

create function clear_messages(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  session uuid := uuid_of(c, 'sessionId');
begin
  perform from sessions where user_id = owner and id = session;
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  perform open_receipt();
  r := leave_to_forks(owner, array[session], false, r);
  r := withdraw_quotes(owner, session, null, r);
  update sessions
  set interaction_count = 0, user_message_count = 0, assistant_message_count = 0, system_message_count = 0,
      tool_message_count = 0, tool_call_count = 0, error_count = 0, input_tokens = 0, output_tokens = 0,
      fork_sequence = null, revision = r + 1, updated_at = clock_timestamp()
  where user_id = owner and id = session;
  perform keep_ids(owner, session, null);
  delete from interactions where user_id = owner and session_id = session;
  perform store_receipt(owner, 'MESSAGES', session, r + 1);
  return done(log_change(owner, 'SESSION_CLEARED', session, null, r), session, null);
end $$;

-- Deletes a session with everything in it and leaves a receipt; returns the same revision when there is no such session.
create function remove_session(owner uuid, session uuid, reason deletion_kind, r bigint) returns bigint
language plpgsql as $$
begin
  perform open_receipt();
  r := leave_to_forks(owner, array[session], true, r);
  r := withdraw_quotes(owner, session, null, r);
  perform keep_ids(owner, session, null);
  delete from sessions where user_id = owner and id = session;
  if not found then
    perform closed_receipt();
    return r;
  end if;
  perform store_receipt(owner, reason, session, r + 1);
  return log_change(owner, 'SESSION_DELETED', session, null, r);
end $$;

create function delete_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  after bigint := remove_session(owner, uuid_of(c, 'sessionId'), 'SESSION', r);
begin
  if after = r then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  return done(after, null, null);
end $$;

-- Deletes ended, unpinned sessions that ended before a time, at most 100 in one go. `reason`: CLEANUP or RETENTION.
create function delete_old_sessions(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  old uuid[] := array(
    select s.id from ended_sessions s
    where s.user_id = owner and s.ended_at < (c ->> 'before')::timestamptz and not s.pinned
    order by s.ended_at, s.id limit 100);
  session uuid;
begin
  r := leave_to_forks(owner, old, true, r);
  foreach session in array old loop
    r := remove_session(owner, session, (c ->> 'reason')::deletion_kind, r);
  end loop;
  return row(r, null, null, null, null, to_json(cardinality(old)))::command_result;
end $$;

-- Erases a user, with everything that refers to them. The revision's lock comes first, as in every command: a delete that
-- began with `users` would meet a command's foreign-key check there, each holding what the other waits for. So do those
-- of the users whom their keys brought. Nothing is left to keep the receipt with: it is only told.
create function erase_user(owner uuid) returns table (revision bigint, at timestamptz, removed jsonb, rebuilt jsonb)
language plpgsql as $$
declare
  receipt jsonb;
begin
  perform from revisions v
  where v.user_id = owner or v.user_id in (select u.id from users u where u.application_id = owner)
  order by v.user_id for update;
  select v.value into revision from revisions v where v.user_id = owner;
  if not found then return; end if;
  perform open_receipt();
  delete from users u where u.id = owner;
  receipt := closed_receipt();
  at := clock_timestamp();
  removed := receipt -> 'removed';
  rebuilt := receipt -> 'rebuilt';
  return next;
end $$;
