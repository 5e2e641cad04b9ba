-- Receipts of deletions. A deletion opens one, triggers count every row that goes while it is open, and it is stored in
-- the transaction of the deletion: so it tells what did happen, and there is none of what did not.

create function open_receipt() returns void language plpgsql as $$
begin
  perform set_config('recollect.receipt', jsonb_build_object(
    'removed', jsonb_build_object(
      'sessions', 0, 'interactions', 0, 'answerVersions', 0, 'summaries', 0, 'facts', 0, 'embeddings', 0,
      'recallBlocks', 0, 'usageEntries', 0),
    'rebuilt', jsonb_build_object('sessionDescriptions', 0, 'facts', 0, 'recallBlocks', 0))::text, true);
end $$;

create function is_receipt_open() returns boolean language sql stable as $$
  select coalesce(current_setting('recollect.receipt', true), '') <> ''
$$;

create function count_forgotten(fate text, what text, more bigint) returns void language plpgsql as $$
declare
  receipt jsonb;
begin
  if more = 0 or not is_receipt_open() then return; end if;
  receipt := current_setting('recollect.receipt');
  perform set_config('recollect.receipt',
    jsonb_set(receipt, array[fate, what], to_jsonb((receipt #>> array[fate, what])::bigint + more))::text, true);
end $$;

create function closed_receipt() returns jsonb language plpgsql as $$
declare
  receipt jsonb := current_setting('recollect.receipt');
begin
  perform set_config('recollect.receipt', '', true);
  return receipt;
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
  perform count_forgotten(tg_argv[0], tg_argv[1], 1);
  return null;
end $$;

create trigger removal_is_counted after delete on sessions
  for each row when (is_receipt_open()) execute function count_row('removed', 'sessions');
create trigger removal_is_counted after delete on interactions
  for each row when (is_receipt_open()) execute function count_row('removed', 'interactions');
create trigger removal_is_counted after delete on answers
  for each row when (is_receipt_open()) execute function count_row('removed', 'answerVersions');
create trigger removal_is_counted after delete on summaries
  for each row when (is_receipt_open()) execute function count_row('removed', 'summaries');
create trigger removal_is_counted after delete on facts
  for each row when (is_receipt_open()) execute function count_row('removed', 'facts');
create trigger removal_is_counted after delete on token_usage
  for each row when (is_receipt_open()) execute function count_row('removed', 'usageEntries');
create trigger removal_is_counted after delete on recall_blocks
  for each row when (is_receipt_open()) execute function count_row('removed', 'recallBlocks');
create trigger blank_is_counted after update of postings on recall_blocks
  for each row when (old.postings is not null and new.postings is null and is_receipt_open())
  execute function count_row('rebuilt', 'recallBlocks');

-- Where pgvector is; enable_embeddings() does the same when it makes the table.
create function count_embeddings() returns void language plpgsql as $$
begin
  if to_regclass('interaction_embeddings') is not null then
    create trigger removal_is_counted after delete on interaction_embeddings
      for each row when (is_receipt_open()) execute function count_row('removed', 'embeddings');
  end if;
end $$;
select count_embeddings();

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
