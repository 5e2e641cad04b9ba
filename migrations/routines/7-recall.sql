-- Nothing forgotten stays: the words of a deleted turn go from the index in the transaction that deletes it, however
-- it is deleted (alone, with its session, by retention). Triggers, because a session's turns go by cascade. A blank
-- block is rebuilt in the background; until then its range is read as text.
create function forget_deleted() returns trigger language plpgsql as $$
declare
  owner uuid;
begin
  for owner in select distinct user_id from deleted loop
    update recall_blocks b set docs = null, legend = null, postings = null
    where b.user_id = owner and b.postings is not null and exists (
      select from deleted d where d.user_id = owner and d.sequence between b.from_sequence and b.to_sequence);
  end loop;
  return null;
end $$;

create trigger interactions_deleted_are_forgotten after delete on interactions
  referencing old table as deleted for each statement execute function forget_deleted();

-- A turn that is completed late or changed: its block says what is no longer so, and its embeddings mean it. (The
-- embeddings of deleted turns go by their foreign key.)
create function forget_changed() returns trigger language plpgsql as $$
begin
  update recall_blocks b set docs = null, legend = null, postings = null
  where b.user_id = new.user_id and b.postings is not null
    and new.sequence between b.from_sequence and b.to_sequence;
  if to_regclass('interaction_embeddings') is not null then
    delete from interaction_embeddings e where e.user_id = new.user_id and e.interaction_id = new.id;
  end if;
  return null;
end $$;

create trigger interactions_changed_are_forgotten after update of question, answer, metadata on interactions
  for each row when (
    old.compressed_in is not distinct from new.compressed_in
    and (old.question, old.answer, old.metadata -> 'speakers')
      is distinct from (new.question, new.answer, new.metadata -> 'speakers'))
  execute function forget_changed();

-- Stores the block of a range, or drops it when the range is empty, if the range still is as it was read: `interactions_read`
-- interactions, the newest revision among them `newest`. The user's lock, which every deletion takes first, keeps it so:
-- otherwise a deletion that commits between reading and storing would leave its words in the index.
create function seal_recall_block(
  owner uuid, first bigint, last bigint, interactions_read bigint, newest bigint,
  block_docs bytea, block_legend jsonb, block_postings text
) returns boolean language plpgsql as $$
begin
  perform as_user(owner);
  perform from revisions r where r.user_id = owner for update;
  if not exists (
    select from (
      select count(*) as found, coalesce(max(i.revision), 0) as revision from interactions i
      where i.user_id = owner and i.sequence between first and last
    ) now where now.found = interactions_read and now.revision = newest
  ) then
    return false;
  end if;
  delete from recall_blocks b where b.user_id = owner and b.from_sequence = first and b.postings is null;
  if interactions_read > 0 and not exists (
    select from recall_blocks b where b.user_id = owner and b.from_sequence <= last and b.to_sequence >= first
  ) then
    insert into recall_blocks (user_id, from_sequence, to_sequence, version, docs, legend, postings)
    values (owner, first, last, gen_random_uuid(), block_docs, block_legend, block_postings);
  end if;
  return true;
end $$;
