create function folded(text text) returns text language sql immutable as $$
  select lower(regexp_replace(normalize(coalesce(text, ''), NFKD), '[\u0300-\u036f]', '', 'g'))
$$;

-- What a title is sorted by: without case, accents and what is beyond 100 characters, which keeps cursors short.
create function title_key_of(title text) returns text language sql immutable as $$
  select left(folded(title), 100)
$$;

create function key_title() returns trigger language plpgsql as $$
begin
  new.title_key := title_key_of(new.title);
  return new;
end $$;

create trigger sessions_title_key before insert or update of title on sessions
  for each row execute function key_title();

create function settle_session() returns trigger language plpgsql as $$
begin
  new.settled_activity_at := new.last_activity_at;
  new.settled_duration_ms :=
    new.prior_active_ms + (extract(epoch from new.ended_at - new.period_started_at) * 1000)::bigint;
  new.settled_message_count :=
    new.user_message_count + new.assistant_message_count + new.system_message_count + new.tool_message_count;
  return new;
end $$;

create trigger sessions_settle before insert or update on sessions
  for each row when (new.ended_at is not null) execute function settle_session();

-- The one meaning of a filter of sessions; null does not restrict. Written so that it becomes part of the statement that
-- asks, and each condition that is not asked for costs a comparison with null.
create function session_matches(
  s sessions, is_active boolean, of_type session_type, in_scope text, started_from timestamptz, started_before timestamptz,
  is_archived boolean, of_project uuid, in_channel text, has_pin boolean, failed boolean, all_tags text[], any_tags text[],
  patterns text[], of_privacy session_privacy
) returns boolean language sql stable as $$
  select
    (is_active is null or (s.ended_at is null) = is_active)
    and (of_type is null or s.type = of_type)
    and (in_scope is null or s.scope = in_scope)
    and (started_from is null or s.started_at >= started_from)
    and (started_before is null or s.started_at < started_before)
    and (is_archived is null or (s.archived_at is not null) = is_archived)
    and (of_project is null or s.project_id = of_project)
    and (in_channel is null or s.channel = in_channel)
    and (has_pin is null or s.pinned = has_pin)
    and (failed is null or (s.error_count > 0) = failed)
    and (all_tags is null or s.tags @> all_tags)
    and (any_tags is null or s.tags && any_tags)
    and (of_privacy is null or s.privacy = of_privacy)
    and (patterns is null or s.title_key like all (patterns)
      or (s.tags <> '{}' and s.title_key || ' ' || folded(array_to_string(s.tags, ' ')) like all (patterns)))
$$;

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
from interactions i;
grant select on message_ends to recollect_app;
