create function folded(text text) returns text language sql immutable as $$
  select lower(regexp_replace(normalize(coalesce(text, ''), NFKD), '[\u0300-\u036f]', '', 'g'))
$$;

-- What a title is sorted by: without case, accents and what is beyond 100 characters, which keeps cursors short.
create function title_key_of(title text) returns text language sql immutable as $$
  select left(folded(title), 100)
$$;

-- What lists look at, of a session.
create function listing_of(s sessions) returns setof ended_sessions language sql stable rows 1 as $$
  select
    s.user_id, s.id, s.started_at, s.ended_at, s.last_activity_at,
    s.prior_active_ms
      + (extract(epoch from coalesce(s.ended_at, s.last_activity_at) - s.period_started_at) * 1000)::bigint,
    s.user_message_count + s.assistant_message_count + s.system_message_count + s.tool_message_count,
    s.type, s.privacy, s.pinned, s.archived_at is not null, s.error_count > 0, title_key_of(s.title) collate "C",
    title_key_of(s.title) || ' ' || folded(array_to_string(s.tags, ' ')) collate "C",
    s.tags, s.scope, s.channel, s.project_id
$$;

create function list_session() returns trigger language plpgsql as $$
begin
  if new.ended_at is null then
    delete from ended_sessions where user_id = new.user_id and id = new.id;
    return null;
  end if;
  insert into ended_sessions as known select * from listing_of(new)
  on conflict (user_id, id) do update set
    (started_at, ended_at, last_activity_at, duration_ms, message_count, type, privacy, pinned, archived, has_errors,
      title_key, words, tags, scope, channel, project_id) =
    (excluded.started_at, excluded.ended_at, excluded.last_activity_at, excluded.duration_ms, excluded.message_count,
      excluded.type, excluded.privacy, excluded.pinned, excluded.archived, excluded.has_errors, excluded.title_key,
      excluded.words, excluded.tags, excluded.scope, excluded.channel, excluded.project_id)
  where known is distinct from excluded;
  return null;
end $$;

create trigger sessions_begun_ended after insert on sessions
  for each row when (new.ended_at is not null) execute function list_session();
create trigger sessions_ended_or_resumed after update on sessions
  for each row when (new.ended_at is not null or old.ended_at is not null) execute function list_session();

-- Every session as lists look at it.
create view listed_sessions with (security_invoker = true) as
select e.*, false as active from ended_sessions e
union all
select l.*, true from sessions s cross join lateral listing_of(s) l where s.ended_at is null;
grant select on listed_sessions to recollect_app;

-- `is_wider`: whether it asks for more than `archived`, which is all that most lists ask.
create type session_filter as (
  active boolean, type session_type, scope text, started_from timestamptz, started_before timestamptz, project_id uuid,
  channel text, pinned boolean, has_errors boolean, tags_all text[], tags_any text[], patterns text[],
  privacy session_privacy, archived boolean, is_wider boolean
);

-- The one meaning of a filter; null does not restrict. Written so that it becomes part of the statement that asks. There
-- each condition costs a comparison with null, unless the statement is planned for this very filter.
create function session_matches(s listed_sessions, f session_filter) returns boolean language sql stable as $$
  select
    (f.archived is null or s.archived = f.archived)
    and (not f.is_wider or (
      (f.active is null or s.active = f.active)
      and (f.type is null or s.type = f.type)
      and (f.scope is null or s.scope = f.scope)
      and (f.started_from is null or s.started_at >= f.started_from)
      and (f.started_before is null or s.started_at < f.started_before)
      and (f.project_id is null or s.project_id = f.project_id)
      and (f.channel is null or s.channel = f.channel)
      and (f.pinned is null or s.pinned = f.pinned)
      and (f.has_errors is null or s.has_errors = f.has_errors)
      and (f.tags_all is null or s.tags @> f.tags_all)
      and (f.tags_any is null or s.tags && f.tags_any)
      and (f.privacy is null or s.privacy = f.privacy)
      and (f.patterns is null or s.words like all (f.patterns))))
$$;

-- The first ended sessions beyond a place in an order that the filter lets through: looked for among all.
-- That is planned for the filter each time: half a millisecond, for less than half of what 10,000 sessions take by a plan
-- for any filter.
create function ended_matches(
  owner uuid, f session_filter, key text, direction text, place text, place_id uuid, size bigint
) returns setof ended_sessions language plpgsql stable rows 20 as $$
begin
  -- `offset 0`: to follow the order takes twice as long as to read all as they are stored, and sort what is found.
  return query execute format(
    'select * from (
       select s.* from ended_sessions s
       where s.user_id = $1 and (s.%1$I, s.id) %2$s (%3$L, $3)
         and session_matches(row(s.*, false)::listed_sessions, $2)
       offset 0
     ) s order by %1$I %4$s, id %4$s limit $4',
    key, case direction when 'asc' then '>' else '<' end, place, direction) using owner, f, place_id, size;
end $$;

-- Planned for the filter likewise.
create function count_ended_matches(owner uuid, f session_filter) returns bigint
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
  return (
    select count(*) from ended_sessions s
    where s.user_id = owner and session_matches(row(s.*, false)::listed_sessions, f));
end $$;

create function excerpt(role text, text text, at timestamptz, interaction uuid) returns json language sql stable as $$
  select json_build_object(
    'role', role, 'text', left(text, 280), 'isCut', length(text) > 280, 'at', at, 'interactionId', interaction)
$$;

-- The first and the last message of each interaction, the beginning of them: question, steps, answer is their order.
create view message_ends with (security_invoker = true) as
select
  i.user_id, i.session_id, i.sequence,
  case
    when i.question is not null then excerpt('USER', i.question, i.occurred_at, i.id)
    when i.steps <> '[]' then excerpt(
      i.steps -> 0 ->> 'role', i.steps -> 0 ->> 'content', (i.steps -> 0 ->> 'at')::timestamptz, i.id)
    else excerpt('ASSISTANT', coalesce(i.answer, ''), coalesce(i.completed_at, i.occurred_at), i.id)
  end as first,
  case
    when i.answer is not null then excerpt('ASSISTANT', i.answer, coalesce(i.completed_at, i.occurred_at), i.id)
    when i.steps <> '[]' then excerpt(
      i.steps -> -1 ->> 'role', i.steps -> -1 ->> 'content', (i.steps -> -1 ->> 'at')::timestamptz, i.id)
    else excerpt('USER', coalesce(i.question, ''), i.occurred_at, i.id)
  end as last
from whole_interactions i;
grant select on message_ends to recollect_app;
