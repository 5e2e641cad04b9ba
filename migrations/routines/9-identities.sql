-- Makes an identity of a bot's platform stand for the person whose code was said to the bot: from then on all is one
-- history. What was recorded for the identity before moves to the person as it is, behind all that the person has: every
-- place in the log and every revision grows by the person's revision, so the order stays, each change keeps a step of its
-- own, and who follows the person's changes is told them all. What is derived from the log is not moved but made anew.
create function link_identity(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  application uuid := uuid_of(c, 'applicationId');
  linked identities;
begin
  perform from link_codes l
  where l.user_id = owner and l.code_hash = decode(c ->> 'codeHash', 'hex') and l.expires_at > now();
  if not found then return refuse(r, 'NOT_FOUND', 'Link code'); end if;
  select i.* into linked from identities i
  where i.application_id = application and i.channel = c ->> 'channel' and i.external_id = c ->> 'externalId'
  for update;
  if not found then return refuse(r, 'NOT_FOUND', 'Identity'); end if;
  if linked.user_id <> owner then
    perform from users u where u.id = linked.user_id and u.application_id = application;
    if not found then return refuse(r, 'CONFLICT', 'This identity is linked to another person.'); end if;
    r := move_history(linked.user_id, owner, r);
    update identities i set user_id = owner, linked_at = now() where i.id = linked.id;
    delete from users u where u.id = linked.user_id;
  end if;
  delete from link_codes l where l.user_id = owner;
  return done(log_change(owner, 'USER_UPDATED', null, null, r), null, null);
end $$;

-- Copies what a user has behind what the owner has, whose lock is taken. Only for the role that owns the tables: of any
-- other, one of the two users is behind the wall. jsonb_populate_record() keeps the columns that it is not told of.
create function move_history(source uuid, owner uuid, r bigint) returns bigint language plpgsql as $$
declare
  last bigint;
  s sessions;
  renamed jsonb; -- ids that both have, which clients may choose: {"<old>": "<new>"}
begin
  select v.value into last from revisions v where v.user_id = source for update;
  -- One active session in a scope: the owner's own goes on.
  for s in
    select x.* from sessions x join sessions own on own.user_id = owner and own.scope = x.scope and own.ended_at is null
    where x.user_id = source and x.ended_at is null order by x.id
  loop
    last := close_session(s, 'SUPERSEDED', moment('{}'), last);
  end loop;

  select coalesce(jsonb_object_agg(both_have.id, gen_random_uuid()), '{}') into renamed from (
    select x.id from sessions x join sessions own on own.user_id = owner and own.id = x.id where x.user_id = source
    union
    select x.id from interactions x join interactions own on own.user_id = owner and own.id = x.id
    where x.user_id = source
    union
    select x.id from summaries x join summaries own on own.user_id = owner and own.id = x.id where x.user_id = source
  ) both_have;

  insert into sessions select moved.* from sessions x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'id', new_id(renamed, x.id), 'revision', x.revision + r,
    'context_summary_to', x.context_summary_to + r, 'session_context_to', x.session_context_to + r,
    'parent_session_id', new_id(renamed, x.parent_session_id), 'fork_sequence', x.fork_sequence + r)) moved
  where x.user_id = source;

  insert into session_ancestors select moved.* from session_ancestors x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'session_id', new_id(renamed, x.session_id), 'ancestor_id', new_id(renamed, x.ancestor_id),
    'up_to', x.up_to + r)) moved
  where x.user_id = source;

  insert into cleared_histories select moved.* from cleared_histories x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'session_id', new_id(renamed, x.session_id), 'ancestor_id', new_id(renamed, x.ancestor_id),
    'up_to', x.up_to + r)) moved
  where x.user_id = source;

  insert into interactions select moved.* from whole_interactions x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'id', new_id(renamed, x.id), 'session_id', new_id(renamed, x.session_id),
    'sequence', x.sequence + r, 'revision', x.revision + r, 'context_used', moved_receipt(x.context_used, r))) moved
  where x.user_id = source;

  -- One that is being written right now finds nobody to write for, and ends with its lease.
  insert into answers select moved.* from answers x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'interaction_id', new_id(renamed, x.interaction_id),
    'context_used', moved_receipt(x.context_used, r),
    'quoted', array(select new_id(renamed, turn) from unnest(x.quoted) turn))) moved
  where x.user_id = source;

  insert into answer_pieces select moved.* from answer_pieces x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'interaction_id', new_id(renamed, x.interaction_id))) moved
  where x.user_id = source;

  insert into message_ids select moved.* from message_ids x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'interaction_id', new_id(renamed, x.interaction_id))) moved
  where x.user_id = source and not exists (select from message_ids own where own.user_id = owner and own.id = x.id);

  insert into interaction_authors select moved.* from interaction_authors x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'interaction_id', new_id(renamed, x.interaction_id))) moved
  where x.user_id = source;

  insert into summaries select moved.* from summaries x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'id', new_id(renamed, x.id), 'session_id', new_id(renamed, x.session_id),
    'superseded_by', new_id(renamed, x.superseded_by),
    'from_sequence', x.from_sequence + r, 'to_sequence', x.to_sequence + r)) moved
  where x.user_id = source;

  -- What was learnt is learnt anew from the turns that have moved. What was said of oneself, or is to stay forgotten, is not.
  insert into facts select moved.* from facts x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'superseded_by', null)) moved
  where x.user_id = source and x.origin <> 'LEARNT' and x.superseded_by is null and not exists (
    select from facts own where own.user_id = owner and own.slot = x.slot and own.superseded_by is null)
  on conflict do nothing;

  insert into forgotten_facts select moved.* from forgotten_facts x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner)) moved
  where x.user_id = source on conflict do nothing;

  insert into understanding_levels select moved.* from understanding_levels x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'session_id', new_id(renamed, x.session_id))) moved
  where x.user_id = source;

  -- A name that both have stays the owner's.
  insert into templates select moved.* from templates x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner)) moved
  where x.user_id = source on conflict do nothing;

  insert into token_usage select moved.* from token_usage x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'session_id', new_id(renamed, x.session_id),
    'interaction_id', new_id(renamed, x.interaction_id))) moved
  where x.user_id = source;

  insert into deletion_receipts select moved.* from deletion_receipts x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'revision', x.revision + r)) moved
  where x.user_id = source;

  insert into changes select moved.* from changes x, jsonb_populate_record(x, jsonb_build_object(
    'user_id', owner, 'revision', x.revision + r, 'session_id', new_id(renamed, x.session_id),
    'interaction_id', new_id(renamed, x.interaction_id))) moved
  where x.user_id = source;
  return r + last;
end $$;

create function new_id(renamed jsonb, id uuid) returns uuid language sql immutable as $$
  select coalesce((renamed ->> id::text)::uuid, id)
$$;

-- A receipt says where in the log its context came from: it is told how far that has moved.
create function moved_receipt(context_used jsonb, distance bigint) returns jsonb language sql immutable as $$
  select case when context_used ?& array['version', 'recalled', 'recent']
    then context_used || jsonb_build_object('moved', coalesce((context_used ->> 'moved')::bigint, 0) + distance)
    else context_used end
$$;
