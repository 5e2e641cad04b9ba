-- What a session sees, in one place: its own turns and those of its ancestors up to where it forked, each turn once. The
-- ranges of the log that the parts take do not overlap, so all of them in order is the order of the log.
create view session_parts with (security_invoker = true) as
select user_id, id as session_id, id as part_id, 9223372036854775807 as up_to from sessions
union all
select user_id, session_id, ancestor_id, up_to from session_ancestors;

-- What a session does not see of the others of its tree, its siblings and what its ancestors went on with: of each, the
-- turns after `up_to`.
create view session_branches with (security_invoker = true) as
select s.user_id, s.id as session_id, other.id as branch_id, coalesce(a.up_to, 0) as up_to
from sessions s
join sessions other on other.user_id = s.user_id and other.tree_id = s.tree_id and other.id <> s.id
left join session_ancestors a on a.user_id = s.user_id and a.session_id = s.id and a.ancestor_id = other.id;

grant select on session_parts, session_branches to recollect_app;

-- Begins a session whose history up to a turn is that of another. It takes the place of what is active in the scope, as
-- any new session does.
create function fork_session(owner uuid, c jsonb, defaults jsonb, r bigint) returns command_result
language plpgsql as $$
declare
  known command_result := retried_session(owner, c, r);
  parent sessions;
  fork sessions;
  fork_point bigint;
  at timestamptz := moment('{}');
begin
  if known.revision is not null then return known; end if;
  select s.* into parent from sessions s where s.user_id = owner and s.id = uuid_of(c, 'sessionId');
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  if parent.privacy = 'PRIVATE' and is_group_scope(owner, parent.scope) then
    return refuse(r, 'CONFLICT', 'The scope is a group''s.');
  end if;
  select i.sequence into fork_point
  from interactions i
  join session_parts p on p.user_id = i.user_id and p.part_id = i.session_id and i.sequence <= p.up_to
  where i.user_id = owner and i.id = uuid_of(c, 'atInteraction') and p.session_id = parent.id;
  if not found then return refuse(r, 'NOT_FOUND', 'Interaction'); end if;
  -- Each generation is one more place to read from.
  if (select count(*) from session_parts p where p.user_id = owner and p.session_id = parent.id) > 100 then
    return refuse(r, 'CONFLICT', 'It is a fork of forks, the hundredth generation: no more can be made of it.');
  end if;

  r := close_active(owner, parent.scope, parent.type, at, r);
  fork := create_session(owner, settings_of(parent) || jsonb_strip_nulls(c), defaults, at, false, r);
  update sessions s set tree_id = gen_random_uuid() where s.user_id = owner and s.id = parent.id and s.tree_id is null;
  update sessions s set parent_session_id = parent.id, fork_sequence = fork_point, tree_id = p.tree_id
  from sessions p where p.user_id = owner and p.id = parent.id and s.user_id = owner and s.id = fork.id;
  insert into session_ancestors (user_id, session_id, ancestor_id, up_to)
  select owner, fork.id, p.part_id, least(p.up_to, fork_point) from session_parts p
  where p.user_id = owner and p.session_id = parent.id and (
    exists (
      select from interactions i where i.user_id = owner and i.session_id = p.part_id
        and i.sequence <= least(p.up_to, fork_point))
    or exists (
      select from summaries m where m.user_id = owner and m.session_id = p.part_id
        and m.to_sequence <= least(p.up_to, fork_point)));
  return done(fork.revision, fork.id, null);
end $$;

-- What a fork takes over, as create_session() reads it. A generated title is not: it gets one of its own.
create function settings_of(s sessions) returns jsonb language sql stable as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'scope', s.scope, 'type', s.type, 'projectId', s.project_id, 'channel', s.channel,
    'externalUserId', s.external_user_id, 'externalChatId', s.external_chat_id, 'tags', s.tags,
    'idleTimeoutSeconds', s.idle_timeout_seconds, 'lifetimeSeconds', s.lifetime_seconds, 'tokenLimit', s.token_limit,
    'privacy', s.privacy, 'title', case when s.title_from is null then s.title end)
  ) || jsonb_build_object('state', s.state, 'sessionMetadata', s.metadata)
$$;

-- What other sessions see of sessions that are to be deleted, or (not `gone`) cleared, passes to one that stays: of those
-- that see a session's turns, to the one that sees furthest. It holds them from then on, and the others see them there, as
-- far as they did. Whoever deletes turns or sessions calls this before.
create function leave_to_forks(owner uuid, leaving uuid[], gone boolean, r bigint) returns bigint
language plpgsql as $$
declare
  heir record;
begin
  for heir in
    select distinct on (a.ancestor_id) a.ancestor_id as from_id, a.session_id as id, a.up_to
    from session_ancestors a join sessions s on s.user_id = a.user_id and s.id = a.session_id
    where a.user_id = owner and a.ancestor_id = any(leaving) and a.session_id <> all(leaving)
    order by a.ancestor_id, a.up_to desc, s.started_at, s.id
  loop
    r := move_turns(owner, heir.from_id, heir.id, heir.up_to, r);
    insert into session_ancestors as known (user_id, session_id, ancestor_id, up_to)
    select owner, a.session_id, heir.id, a.up_to from session_ancestors a
    where a.user_id = owner and a.ancestor_id = heir.from_id and a.session_id <> all(leaving || heir.id)
    on conflict (user_id, session_id, ancestor_id) do update set up_to = greatest(known.up_to, excluded.up_to);
    insert into cleared_histories as known (user_id, session_id, ancestor_id, up_to)
    select owner, a.session_id, heir.id, least(a.up_to, heir.up_to) from cleared_histories a
    where a.user_id = owner and a.ancestor_id = heir.from_id and a.session_id <> all(leaving || heir.id)
    on conflict (user_id, session_id, ancestor_id) do update set up_to = greatest(known.up_to, excluded.up_to);
    if gone then
      update summaries m set session_id = heir.id
      where m.user_id = owner and m.session_id = heir.from_id and m.id in (
        select s.id from session_summary_model s where s."userId" = owner and s."seenIn" = heir.id);
    end if;
  end loop;
  if not gone then
    insert into cleared_histories as known (user_id, session_id, ancestor_id, up_to)
    select a.user_id, a.session_id, a.ancestor_id, a.up_to from session_ancestors a
    where a.user_id = owner and a.session_id = any(leaving)
    on conflict (user_id, session_id, ancestor_id) do update set up_to = greatest(known.up_to, excluded.up_to);
  end if;
  delete from session_ancestors a where a.user_id = owner and a.session_id = any(leaving);
  if not gone then return r; end if;
  perform forget_tellings(owner, array[told.session_id], told.sequences) from (
    select a.session_id, array_agg(i.sequence) as sequences from cleared_histories a
    join interactions i on i.user_id = a.user_id and i.session_id = a.ancestor_id and i.sequence <= a.up_to
    where a.user_id = owner and a.ancestor_id = any(leaving) and a.session_id <> all(leaving) group by a.session_id
  ) told;
  delete from session_ancestors a where a.user_id = owner and a.ancestor_id = any(leaving);
  return leave_forks(owner, leaving, r);
end $$;

-- The turns of one session up to a point become turns of another, which sees them already: each is told of as changed.
create function move_turns(owner uuid, from_session uuid, to_session uuid, up_to bigint, r bigint) returns bigint
language plpgsql as $$
declare
  told bigint;
begin
  update recall_blocks b set docs = null, legend = null, postings = null
  where b.user_id = owner and b.postings is not null and exists (
    select from interactions i
    where i.user_id = owner and i.session_id = from_session and i.sequence <= up_to
      and i.sequence between b.from_sequence and b.to_sequence);
  with moving as (
    select i.id, r + row_number() over (order by i.sequence) as revision from interactions i
    where i.user_id = owner and i.session_id = from_session and i.sequence <= up_to
  ), moved as (
    update interactions i set session_id = to_session, revision = m.revision
    from moving m where i.user_id = owner and i.id = m.id returning i.*
  ), logged as (
    insert into changes (user_id, revision, kind, session_id, interaction_id, at)
    select owner, i.revision, 'INTERACTION_UPDATED', to_session, i.id, clock_timestamp() from moved i
  )
  select count(*) into told from moved;
  if told > 0 then perform count_turns(owner, to_session, r + told); end if;
  return r + told;
end $$;

-- Forks of sessions that are to be deleted become forks of what these were forks of, if anything of that stays.
create function leave_forks(owner uuid, leaving uuid[], r bigint) returns bigint language plpgsql as $$
declare
  told integer;
begin
  with recursive left_behind as (
    select s.id, s.parent_session_id as parent_id, s.fork_sequence from sessions s
    where s.user_id = owner and s.parent_session_id = any(leaving) and s.id <> all(leaving)
    union all
    select l.id, p.parent_session_id, least(l.fork_sequence, p.fork_sequence)
    from left_behind l join sessions p on p.user_id = owner and p.id = l.parent_id
    where l.parent_id = any(leaving)
  ), changed as (
    update sessions s
    set parent_session_id = l.parent_id, fork_sequence = case when l.parent_id is not null then l.fork_sequence end,
        revision = r + l.place
    from (
      select x.*, row_number() over (order by x.id) as place from left_behind x
      where x.parent_id is null or x.parent_id <> all(leaving)
    ) l
    where s.user_id = owner and s.id = l.id
    returning s.id, s.revision
  ), logged as (
    insert into changes (user_id, revision, kind, session_id, interaction_id, at)
    select owner, c.revision, 'SESSION_UPDATED', c.id, null, clock_timestamp() from changed c
  )
  select count(*) into told from changed;
  return r + told;
end $$;
