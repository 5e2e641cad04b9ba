create view fact_model with (security_invoker = true) as
select
  f.user_id as "userId", f.id, f.category, f.text, f.origin, f.produced_by as "producedBy", f.confidence, f.pinned,
  f.first_seen_at as "firstSeen", f.last_seen_at as "lastSeen", f.superseded_by as "supersededBy",
  (select p.id from facts p where p.user_id = f.user_id and p.superseded_by = f.id
   order by p.last_seen_at desc, p.id limit 1) as "supersedesId"
from facts f;

grant select on fact_model to recollect_app;

-- How well somebody is known, 0 to 100: 100 (1 - e^-x) of what there is to go by. More of anything never lowers it.
-- Twenty-five sessions, five hundred messages or thirty certain facts alone make 63.
create function understanding(sessions bigint, messages bigint, knowledge float8) returns integer
language sql immutable as $$
  select round(100 * (1 - exp(-(sessions / 25.0 + messages / 500.0 + knowledge / 30.0)::float8)))::integer
$$;

create function knowledge(owner uuid, until timestamptz) returns float8 language sql stable as $$
  select coalesce(sum(f.confidence), 0)::float8 from facts f
  where f.user_id = owner and f.superseded_by is null and f.first_seen_at <= until
$$;

-- Takes back what was learnt from turns that are gone: a learnt fact without a source goes, and what it superseded is
-- in force again; one that has other sources is as sure as these make it. What the user added, corrected or pinned is
-- the user's own word and stays. Confidence of independent mentions: 1 - (1 - a)(1 - b) ..., never quite 1.
create function weigh_facts(owner uuid) returns void language plpgsql as $$
declare
  weighed bigint;
begin
  delete from facts f
  where f.user_id = owner and f.origin = 'LEARNT' and not f.pinned
    and not exists (select from fact_sources s where s.user_id = owner and s.fact_id = f.id);
  update facts f
  set confidence = w.confidence, first_seen_at = w.first_seen, last_seen_at = w.last_seen
  from (
    select s.fact_id, least(0.99, 1 - exp(sum(ln(1 - least(s.certainty, 0.99)))))::real as confidence,
      min(s.said_at) as first_seen, max(s.said_at) as last_seen
    from fact_sources s where s.user_id = owner group by s.fact_id
  ) w
  where f.user_id = owner and f.id = w.fact_id and f.origin = 'LEARNT'
    and (f.confidence, f.first_seen_at, f.last_seen_at) is distinct from (w.confidence, w.first_seen, w.last_seen);
  get diagnostics weighed = row_count;
  perform count_forgotten('recollect.rebuilt.facts', weighed);
end $$;

-- Nothing learnt outlives what it was learnt from, however that is deleted.
create function unlearn_deleted() returns trigger language plpgsql as $$
declare
  owner uuid;
begin
  for owner in select distinct user_id from deleted loop
    perform weigh_facts(owner);
  end loop;
  return null;
end $$;

create trigger interactions_deleted_are_unlearnt after delete on interactions
  referencing old table as deleted for each statement execute function unlearn_deleted();

create function digests_of(fact jsonb) returns bytea[] language sql immutable as $$
  select array_agg(decode(digest, 'hex') order by digest) from jsonb_array_elements_text(fact -> 'digests') digest
$$;

-- Whether the user has forgotten a fact of the same category with no other telling words, or with just these in any.
create function is_forgotten(owner uuid, of_category fact_category, digests bytea[]) returns boolean
language sql stable as $$
  select exists (
    select from forgotten_facts x
    where x.user_id = owner and x.digests <@ $3 and (x.category = of_category or x.digests @> $3))
$$;

-- The statement in force takes the place of others of its slot.
create function supersede(f facts) returns void language sql as $$
  update facts x set superseded_by = f.id
  where x.user_id = f.user_id and x.slot = f.slot and x.id <> f.id and x.superseded_by is null
$$;

-- One mention of a fact. Its turn may be gone by now; then there is nothing to learn from it.
create function learn_fact(owner uuid, said jsonb) returns boolean language plpgsql as $$
declare
  known facts;
  rival facts;
  turn interactions;
begin
  select i.* into turn from interactions i where i.user_id = owner and i.id = uuid_of(said, 'interactionId');
  if not found or is_forgotten(owner, (said ->> 'category')::fact_category, digests_of(said)) then return false; end if;
  select f.* into known from facts f
  where f.user_id = owner and f.category = (said ->> 'category')::fact_category and f.key = said ->> 'key';
  -- What stands against it: what has corrected it or taken its place, or holds its slot now.
  select f.* into rival from facts f
  where f.user_id = owner and f.id <> coalesce(known.id, uuid_of(said, 'id'))
    and (f.id = known.superseded_by or (f.slot = said ->> 'slot' and f.superseded_by is null))
  order by f.pinned desc, f.last_seen_at desc limit 1;
  if rival.pinned or (rival.id = known.superseded_by and (rival.slot = known.slot) is not true) then
    return false;
  end if;
  if known.id is null then
    if (select count(*) from facts f where f.user_id = owner) >= 2000 then return false; end if;
    insert into facts (
      user_id, id, category, text, key, slot, origin, produced_by, confidence, superseded_by, first_seen_at, last_seen_at
    ) values (
      owner, uuid_of(said, 'id'), (said ->> 'category')::fact_category, said ->> 'text', said ->> 'key', said ->> 'slot',
      'LEARNT', said ->> 'producedBy', 0, null, turn.occurred_at, turn.occurred_at
    ) returning * into known;
  end if;
  insert into fact_sources (user_id, fact_id, interaction_id, certainty, said_at)
  values (owner, known.id, turn.id, (said ->> 'certainty')::real, turn.occurred_at) on conflict do nothing;
  if rival.last_seen_at > turn.occurred_at then
    update facts f set superseded_by = rival.id where f.user_id = owner and f.id = known.id;
  else
    update facts f set superseded_by = null, last_seen_at = greatest(f.last_seen_at, turn.occurred_at)
    where f.user_id = owner and f.id = known.id;
    perform supersede(known);
  end if;
  return true;
end $$;

-- Stores what was learnt from the interactions after `from` up to `to`. Who read them before somebody else had learnt from
-- them is refused: so of many processes one learns each interaction, once. `checkedAt` is given when nothing was left.
create function learn_facts(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  progress learning_progress;
  said jsonb;
  has_learnt boolean := false;
begin
  insert into learning_progress (user_id) values (owner) on conflict do nothing;
  select p.* into progress from learning_progress p where p.user_id = owner;
  if progress.learnt_to <> (c ->> 'from')::bigint then
    return refuse(r, 'CONFLICT', 'These interactions have been learnt meanwhile.');
  end if;
  for said in select value from jsonb_array_elements(c -> 'facts') loop
    has_learnt := learn_fact(owner, said) or has_learnt;
  end loop;
  if has_learnt then perform weigh_facts(owner); end if;
  if c ? 'checkedAt' then perform keep_levels(owner, progress.checked_at); end if;
  update learning_progress p
  set learnt_to = greatest(p.learnt_to, (c ->> 'to')::bigint),
      checked_at = greatest(p.checked_at, (c ->> 'checkedAt')::bigint)
  where p.user_id = owner;
  if has_learnt then r := log_change(owner, 'FACTS_LEARNT', null, null, r); end if;
  return done(r, null, null);
end $$;

-- Keeps the level at the end of each session that ended, or was imported, since a revision.
create function keep_levels(owner uuid, since bigint) returns void language sql as $$
  insert into understanding_levels (user_id, session_id, level, reached_at)
  select owner, s.id, understanding(s.place, s.messages, knowledge(owner, s.ended_at)), s.ended_at
  from (
    select x.id, x.ended_at, row_number() over so_far as place,
      sum(x.user_message_count + x.assistant_message_count) over so_far as messages
    from sessions x where x.user_id = owner and x.interaction_count > 0
    window so_far as (order by x.started_at, x.id)
  ) s
  where s.ended_at is not null and s.id in (
    select c.session_id from changes c where c.user_id = owner and c.revision > since)
  on conflict (user_id, session_id) do update set level = excluded.level, reached_at = excluded.reached_at
$$;

-- By the user's own word: it lifts what was forgotten, and takes the place of what was known otherwise.
create function add_fact(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  if (select count(*) from facts f where f.user_id = owner) >= 2000 then
    return refuse(r, 'CONFLICT', 'The profile holds 2,000 facts: forget some first.');
  end if;
  perform state_fact(owner, c, 'ADDED', (c ->> 'pinned')::boolean);
  return done(log_change(owner, 'FACT_ADDED', null, null, r), null, null);
end $$;

create function state_fact(owner uuid, c jsonb, by fact_origin, pin boolean) returns facts language plpgsql as $$
declare
  stated facts;
  at timestamptz := moment('{}');
begin
  delete from forgotten_facts x
  where x.user_id = owner and x.digests <@ digests_of(c)
    and (x.category = (c ->> 'category')::fact_category or x.digests @> digests_of(c));
  insert into facts as f (
    user_id, id, category, text, key, slot, origin, confidence, pinned, first_seen_at, last_seen_at
  ) values (
    owner, uuid_of(c, 'id'), (c ->> 'category')::fact_category, c ->> 'text', c ->> 'key', c ->> 'slot', by, 1, pin, at, at
  )
  on conflict (user_id, category, key) do update
  set text = excluded.text, slot = excluded.slot, origin = excluded.origin, produced_by = null, confidence = 1,
      pinned = f.pinned or excluded.pinned, superseded_by = null, last_seen_at = excluded.last_seen_at
  returning * into stated;
  perform supersede(stated);
  return stated;
end $$;

-- What was wrong stays as what the correction superseded, so that it is not learnt again.
create function correct_fact(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  wrong facts;
  right_one facts;
begin
  select f.* into wrong from facts f where f.user_id = owner and f.id = uuid_of(c, 'wrongId');
  if not found then return refuse(r, 'NOT_FOUND', 'Fact'); end if;
  if wrong.superseded_by is not null then
    return refuse(r, 'CONFLICT', 'Another fact has taken its place: correct that one.');
  end if;
  right_one := state_fact(owner, c, 'CORRECTED', wrong.pinned);
  if right_one.id <> wrong.id then
    update facts f set superseded_by = right_one.id, pinned = false where f.user_id = owner and f.id = wrong.id;
    insert into fact_sources (user_id, fact_id, interaction_id, certainty, said_at)
    select owner, right_one.id, s.interaction_id, s.certainty, s.said_at from fact_sources s
    where s.user_id = owner and s.fact_id = wrong.id on conflict do nothing;
  end if;
  return done(log_change(owner, 'FACT_CORRECTED', null, null, r), null, null);
end $$;

create function pin_fact(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  f facts;
begin
  select x.* into f from facts x where x.user_id = owner and x.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Fact'); end if;
  if f.pinned = (c ->> 'pinned')::boolean then return done(r, null, null); end if;
  update facts x set pinned = not f.pinned where x.user_id = owner and x.id = f.id;
  perform weigh_facts(owner); -- one whose sources are gone was held by its pin alone
  return done(log_change(owner, 'FACT_PINNED', null, null, r), null, null);
end $$;

-- Deletes the fact and those it superseded; `forgotten` says by what each will be known again without keeping it.
create function forget_fact(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  perform open_receipt();
  delete from facts f
  where f.user_id = owner and f.id in (
    select (item ->> 'id')::uuid from jsonb_array_elements(c -> 'forgotten') item);
  if not found then
    perform closed_receipt();
    return refuse(r, 'NOT_FOUND', 'Fact');
  end if;
  perform store_receipt(owner, 'FACT', uuid_of(c, 'id'), r + 1);
  insert into forgotten_facts (user_id, category, digests)
  select owner, (item ->> 'category')::fact_category, digests_of(item)
  from jsonb_array_elements(c -> 'forgotten') item
  on conflict do nothing;
  return done(log_change(owner, 'FACT_FORGOTTEN', null, null, r), null, null);
end $$;
