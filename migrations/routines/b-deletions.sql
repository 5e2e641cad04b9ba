-- Receipts of deletions. A deletion opens one, triggers count every row that goes while it is open, and it is stored in
-- the transaction of the deletion: so it tells what did happen, and there is none of what did not.

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
