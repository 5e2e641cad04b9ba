-- Commands about many sessions, each set by set. What they are about is `ids`, or all that `filter` lets through, of
-- which there must be `count`.

-- In the order given, or by their ids.
create function chosen_sessions(owner uuid, c jsonb) returns uuid[] language plpgsql stable as $$
declare
  f jsonb := c -> 'filter';
begin
  if c ? 'ids' then return texts_of(c -> 'ids')::uuid[]; end if;
  return array(
    select s.id from listed_sessions s
    where s.user_id = owner and session_matches(s, row(
      (f ->> 'active')::boolean, (f ->> 'type')::session_type, f ->> 'scope', (f ->> 'startedFrom')::timestamptz,
      (f ->> 'startedBefore')::timestamptz, uuid_of(f, 'projectId'), f ->> 'channel', (f ->> 'pinned')::boolean,
      (f ->> 'hasErrors')::boolean, texts_of(f -> 'tagsAll'), texts_of(f -> 'tagsAny'), texts_of(f -> 'patterns'),
      (f ->> 'privacy')::session_privacy, (f ->> 'archived')::boolean, true)::session_filter)
    order by s.id);
end $$;

create function is_miscounted(chosen uuid[], c jsonb) returns boolean language sql immutable as $$
  select c ? 'filter' and cardinality(chosen) <> (c ->> 'count')::integer
$$;

create function miscounted(chosen uuid[], r bigint) returns command_result language sql immutable as $$
  select refuse(r, 'CONFLICT', format('The filter lets %s sessions through: look at them again.', cardinality(chosen)))
$$;

-- Tells what became of each of the chosen. Those in `changed` have taken one step each, in their order.
create function bulk_done(owner uuid, chosen uuid[], changed uuid[], refused uuid[], r bigint)
returns command_result language sql stable as $$
  select row(r, null, null, null, null, (
    select json_agg(json_build_object(
      'sessionId', u.id, 'changed', x.id is not null,
      'code', case when u.id = any(refused) then 'BAD_USER_INPUT' when s.id is null and x.id is null then 'NOT_FOUND' end
    ) order by u.place)
    from unnest(chosen) with ordinality u (id, place)
    left join sessions s on s.user_id = owner and s.id = u.id
    left join unnest(changed) x (id) on x.id = u.id
  ))::command_result
$$;

create function log_updates(owner uuid, changed uuid[], r bigint) returns bigint language plpgsql as $$
begin
  insert into changes (user_id, revision, kind, session_id, at)
  select owner, r + x.step, 'SESSION_UPDATED', x.id, clock_timestamp() from unnest(changed) with ordinality x (id, step);
  return r + cardinality(changed);
end $$;

create function bulk_update_sessions(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  chosen uuid[] := chosen_sessions(owner, c);
  is_pinned boolean := (c ->> 'pinned')::boolean;
  is_archived boolean := (c ->> 'archived')::boolean;
  idle integer := (c ->> 'idleTimeoutSeconds')::integer;
  tokens integer := (c ->> 'tokenLimit')::integer;
  changed uuid[];
begin
  if is_miscounted(chosen, c) then return miscounted(chosen, r); end if;
  changed := array(
    select s.id from unnest(chosen) with ordinality u (id, place)
    join sessions s on s.user_id = owner and s.id = u.id
    where (s.pinned, s.archived_at is not null, s.idle_timeout_seconds, s.token_limit) is distinct from (
      coalesce(is_pinned, s.pinned), coalesce(is_archived, s.archived_at is not null),
      coalesce(idle, s.idle_timeout_seconds), coalesce(tokens, s.token_limit))
    order by u.place);
  update sessions s
  set pinned = coalesce(is_pinned, s.pinned),
      archived_at = case is_archived
        when true then coalesce(s.archived_at, moment('{}')) when false then null else s.archived_at end,
      idle_timeout_seconds = coalesce(idle, s.idle_timeout_seconds), token_limit = coalesce(tokens, s.token_limit),
      revision = r + x.step, updated_at = clock_timestamp()
  from unnest(changed) with ordinality x (id, step) where s.user_id = owner and s.id = x.id;
  return bulk_done(owner, chosen, changed, '{}', log_updates(owner, changed, r));
end $$;

-- A session that would have more tags than it may keeps those it has.
create function bulk_tag_sessions(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  chosen uuid[] := chosen_sessions(owner, c);
  added text[] := each_once(texts_of(c -> 'add'));
  removed text[] := coalesce(texts_of(c -> 'remove'), '{}');
  changed uuid[];
  refused uuid[];
begin
  if is_miscounted(chosen, c) then return miscounted(chosen, r); end if;
  select
    coalesce(array_agg(n.id order by n.place) filter (where n.size <= (c ->> 'most')::integer), '{}'),
    coalesce(array_agg(n.id) filter (where n.size > (c ->> 'most')::integer), '{}')
  into changed, refused
  from (
    select u.id, u.place, cardinality(r.tags) as size
    from unnest(chosen) with ordinality u (id, place)
    join sessions s on s.user_id = owner and s.id = u.id
    cross join retagged(s.tags, added, removed) r (tags)
    where r.tags <> s.tags
  ) n;
  update sessions s
  set tags = retagged(s.tags, added, removed), revision = r + x.step, updated_at = clock_timestamp()
  from unnest(changed) with ordinality x (id, step) where s.user_id = owner and s.id = x.id;
  return bulk_done(owner, chosen, changed, refused, log_updates(owner, changed, r));
end $$;

create function retagged(tags text[], added text[], removed text[]) returns text[] language sql immutable as $$
  select each_once(
    array(select t from unnest(tags) with ordinality x (t, place) where t <> all (removed) order by place) || added)
$$;

-- Ended as each would be by itself: idleness and expiry that came before are the true reasons.
create function bulk_end_sessions(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  chosen uuid[] := chosen_sessions(owner, c);
  changed uuid[] := '{}';
  s sessions;
begin
  if is_miscounted(chosen, c) then return miscounted(chosen, r); end if;
  for s in
    select x.* from unnest(chosen) with ordinality u (id, place)
    join sessions x on x.user_id = owner and x.id = u.id
    where x.ended_at is null order by u.place
  loop
    r := close_session(s, 'EXPLICIT', moment('{}'), r);
    changed := changed || s.id;
  end loop;
  return bulk_done(owner, chosen, changed, '{}', r);
end $$;

-- Each with its receipt, as when it is deleted by itself.
create function bulk_delete_sessions(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  chosen uuid[] := chosen_sessions(owner, c);
  changed uuid[] := '{}';
  session uuid;
  after bigint;
begin
  if is_miscounted(chosen, c) then return miscounted(chosen, r); end if;
  r := leave_to_forks(owner, chosen, true, r); -- to those that stay
  r := leave_to_forks(owner, chosen, true, r); -- at once, so that none of them inherits what is to go
  foreach session in array chosen loop
    after := remove_session(owner, session, 'SESSION', r);
    if after > r then changed := changed || session; end if;
    r := after;
  end loop;
  return bulk_done(owner, chosen, changed, '{}', r);
end $$;

-- Puts `to` in the place of a tag in all sessions, or takes the tag away. Where both were, `to` stays once.
create function replace_tag(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  changed uuid[] := array(
    select s.id from sessions s
    where s.user_id = owner and c ->> 'tag' = any(s.tags) and c ->> 'tag' is distinct from c ->> 'to' order by s.id);
begin
  update sessions s
  set tags = each_once(
        case when c ? 'to' then array_replace(s.tags, c ->> 'tag', c ->> 'to') else array_remove(s.tags, c ->> 'tag') end),
      revision = r + x.step, updated_at = clock_timestamp()
  from unnest(changed) with ordinality x (id, step) where s.user_id = owner and s.id = x.id;
  return done(log_updates(owner, changed, r), null, null);
end $$;
