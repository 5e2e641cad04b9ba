create view summary_model with (security_invoker = true) as
select
  user_id as "userId", id, session_id as "sessionId", level, from_sequence as "fromSequence",
  to_sequence as "toSequence", text, tokens, produced_by as "producedBy", prompt_hash as "promptHash", pinned,
  superseded_by as "supersededBy", reverted_at as "revertedAt", created_at as "createdAt"
from summaries;
grant select on summary_model to recollect_app;

-- The summaries that a session ("seenIn") has: its own, and those of its ancestors of nothing but turns that it sees. Of two
-- of the same turns it has one, of the nearer session: an ancestor may have been summarised again since it was forked.
-- `inForce`: neither reverted, nor folded into one that the session has.
create view session_summary_model with (security_invoker = true) as
select m.*, p.session_id as "seenIn",
  m."revertedAt" is null and (m."supersededBy" is null or exists (
    select from summaries f where f.user_id = p.user_id and f.id = m."supersededBy" and f.to_sequence > p.up_to
  )) as "inForce"
from session_parts p
join summary_model m on m."userId" = p.user_id and m."sessionId" = p.part_id and m."toSequence" <= p.up_to
where p.part_id = p.session_id or not exists (
  select from session_parts nearer
  join summaries n on n.user_id = nearer.user_id and n.session_id = nearer.part_id and n.to_sequence <= nearer.up_to
  where nearer.user_id = p.user_id and nearer.session_id = p.session_id
    and (nearer.up_to, nearer.part_id) > (p.up_to, p.part_id)
    and n.reverted_at is null and n.from_sequence <= m."toSequence" and m."fromSequence" <= n.to_sequence);
grant select on session_summary_model to recollect_app;

-- Where in a session's history no summary of level 1 is, before, between and after those there are. What was reverted is
-- live again, but not `untouched`: background work does not at once make the same summary anew.
create function uncovered(owner uuid, session uuid, untouched boolean) returns table (after bigint, before bigint)
language sql stable as $$
  select max(x.to_sequence) over w, coalesce(lead(x.from_sequence) over w, 9223372036854775807)
  from (
    select 0::bigint as from_sequence, 0::bigint as to_sequence
    union all
    select s."fromSequence", s."toSequence" from session_summary_model s
    where s."userId" = owner and s."seenIn" = session and s.level = 1 and (untouched or s."revertedAt" is null)
  ) x
  window w as (order by x.from_sequence)
$$;

create function message_count(i interactions) returns integer language sql immutable as $$
  select (i.question is not null)::integer + (i.answer is not null)::integer + jsonb_array_length(i.steps)
$$;

-- Whether the untouched part is so long that its older part should become a summary. Most sessions are ruled out by
-- their counters, which do not count what a fork inherits, and of the others no more is read than makes it sure.
create function is_heavy(s sessions) returns boolean language sql stable as $$
  select (
      (s.user_message_count + s.assistant_message_count + s.system_message_count + s.tool_message_count >= 10
        and s.input_tokens + s.output_tokens >= s.token_limit * 0.7)
      or exists (select from session_ancestors a where a.user_id = s.user_id and a.session_id = s.id)
    ) and exists (
      select from (
        select sum(message_count(as_interaction(i))) over w as messages,
          sum(i.question_tokens + i.answer_tokens + i.step_tokens) over w as tokens
        from uncovered(s.user_id, s.id, true) u
        join session_parts p on p.user_id = s.user_id and p.session_id = s.id
        join whole_interactions i on i.user_id = s.user_id and i.session_id = p.part_id and i.sequence <= p.up_to
          and i.sequence > u.after and i.sequence < u.before
        window w as (rows unbounded preceding)
      ) live
      where live.messages >= 10 and live.tokens >= s.token_limit * 0.7)
$$;

-- The last interaction of an ended session whose description is missing or out of date; null otherwise, and while an
-- answer is awaited, which would be missing in it.
create function undescribed_to(s sessions) returns bigint language sql stable as $$
  select log.newest
  from (select max(i.sequence) as newest from interactions i where i.user_id = s.user_id and i.session_id = s.id) log
  where s.ended_at is not null and s.interaction_count > 0 and (
    s.context_summary is null or s.context_summary_to < log.newest
    or s.session_context is null or s.session_context_to < log.newest)
    and not exists (
      select from interactions i
      where i.user_id = s.user_id and i.session_id = s.id and i.status = 'PENDING'
        and i.created_at > now() - interval '1 hour')
$$;

-- The sessions with something to summarise or to describe, of those that changed after the given revisions of their
-- users. Looked for in the background, because whatever a record does for it every record pays.
create function sessions_to_summarize(user_ids uuid[], afters bigint[]) returns table (user_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.user_id, s.id from changed_sessions(user_ids, afters) s
  where undescribed_to(s) is not null or is_heavy(s)
$$;

-- Ended sessions without a description, after one of them: what no process looked for because it died.
create function undescribed_sessions(after_user uuid, after_session uuid, page integer)
returns table (user_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.user_id, s.id from sessions s
  where s.ended_at is not null and s.session_context is null and s.interaction_count > 0
    and (s.user_id, s.id) > (after_user, after_session)
  order by 1, 2 limit page
$$;

-- They see rows of everyone.
revoke execute on function sessions_to_summarize, undescribed_sessions from public;

create function touch_session(owner uuid, session uuid, kind change_kind, r bigint) returns bigint
language plpgsql as $$
begin
  update sessions set revision = r + 1 where user_id = owner and id = session;
  return log_change(owner, kind, session, null, r);
end $$;

-- Stores a summary of interactions, or of the summaries in `folds`. It was written from what was read before the lock:
-- if that has changed since (`count` and `newest` tell), the text may hold what the user has deleted, and is refused.
create function store_summary(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  session uuid := uuid_of(c, 'sessionId');
  first bigint := (c ->> 'fromSequence')::bigint;
  last bigint := (c ->> 'toSequence')::bigint;
  folded uuid[];
  seen bigint;
  newest bigint;
begin
  perform from sessions s where s.user_id = owner and s.id = session;
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  select array_agg(id::uuid) into folded from jsonb_array_elements_text(c -> 'folds') id;
  if folded is null then
    select count(*), max(i.revision) into seen, newest from interactions i
    join session_parts p on p.user_id = owner and p.part_id = i.session_id and i.sequence <= p.up_to
    where i.user_id = owner and p.session_id = session and i.sequence between first and last;
    perform from session_summary_model s
    where s."userId" = owner and s."seenIn" = session and s."inForce"
      and s."fromSequence" <= last and first <= s."toSequence";
    if found or seen <> (c ->> 'count')::bigint or newest <> (c ->> 'newest')::bigint then
      return refuse(r, 'CONFLICT', 'The session has changed meanwhile; try again.');
    end if;
  else
    select count(*) into seen from summaries s
    where s.user_id = owner and s.session_id = session and s.id = any(folded)
      and s.superseded_by is null and s.reverted_at is null and not s.pinned;
    if seen <> cardinality(folded) then
      return refuse(r, 'CONFLICT', 'The summaries have changed meanwhile; try again.');
    end if;
  end if;
  insert into summaries (
    user_id, id, session_id, level, from_sequence, to_sequence, text, tokens, produced_by, prompt_hash
  ) values (
    owner, uuid_of(c, 'id'), session, (c ->> 'level')::smallint, first, last, c ->> 'text',
    (c ->> 'tokens')::integer, c ->> 'producedBy', c ->> 'promptHash'
  );
  update summaries s set superseded_by = uuid_of(c, 'id') where s.user_id = owner and s.id = any(folded);
  return done(touch_session(owner, session, 'SUMMARY_CREATED', r), session, null);
end $$;

-- Takes a summary out of force: its interactions are live again, or the summaries it was folded from stand again.
create function revert_summary(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s summaries;
begin
  select x.* into s from summaries x where x.user_id = owner and x.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Summary'); end if;
  if s.reverted_at is not null then return done(r, s.session_id, null); end if;
  if s.superseded_by is not null then
    return refuse(r, 'CONFLICT', 'It has been folded into another summary: revert that one first.');
  end if;
  perform from interactions i
  join session_parts p on p.user_id = owner and p.part_id = i.session_id and i.sequence <= p.up_to
  where i.user_id = owner and p.session_id = s.session_id and i.sequence between s.from_sequence and s.to_sequence;
  if not found and s.level = 1 then
    return refuse(r, 'CONFLICT', 'Its interactions have been cleared: nothing else remembers them.');
  end if;
  update summaries x set reverted_at = clock_timestamp() where x.user_id = owner and x.id = s.id;
  update summaries x set superseded_by = null where x.user_id = owner and x.superseded_by = s.id;
  return done(touch_session(owner, s.session_id, 'SUMMARY_REVERTED', r), s.session_id, null);
end $$;

create function pin_summary(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s summaries;
begin
  select x.* into s from summaries x where x.user_id = owner and x.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Summary'); end if;
  if s.pinned = (c ->> 'pinned')::boolean then return done(r, s.session_id, null); end if;
  update summaries x set pinned = not s.pinned where x.user_id = owner and x.id = s.id;
  return done(touch_session(owner, s.session_id, 'SUMMARY_UPDATED', r), s.session_id, null);
end $$;

-- Fills what the client left open of an ended session's description, or brings a generated one up to date. `revision`
-- is the session's when what it was written from was read.
create function describe_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s sessions;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'sessionId');
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  if s.revision <> (c ->> 'revision')::bigint then
    return refuse(r, 'CONFLICT', 'The session has changed meanwhile; try again.');
  end if;
  if s.context_summary is null or s.context_summary_to is not null then
    update sessions x set context_summary = c ->> 'contextSummary', context_summary_to = (c ->> 'toSequence')::bigint
    where x.user_id = owner and x.id = s.id;
  end if;
  if s.session_context is null or s.session_context_to is not null then
    update sessions x set session_context = c -> 'sessionContext', session_context_to = (c ->> 'toSequence')::bigint
    where x.user_id = owner and x.id = s.id;
  end if;
  return done(touch_session(owner, s.id, 'SESSION_UPDATED', r), s.id, null);
end $$;

-- What of some sessions may hold words of turns: summaries of every level and age, and their generated descriptions. The
-- other summaries that a fold was made of stand again.
create function forget_tellings(owner uuid, telling uuid[], forgotten bigint[]) returns void language plpgsql as $$
declare
  first bigint := (select min(f) from unnest(forgotten) f);
  described bigint;
begin
  delete from summaries s
  where s.user_id = owner and s.session_id = any(telling)
    and exists (select from unnest(forgotten) f where f between s.from_sequence and s.to_sequence);
  update sessions s
  set context_summary = case when first <= s.context_summary_to then null else s.context_summary end,
      context_summary_to = case when first <= s.context_summary_to then null else s.context_summary_to end,
      session_context = case when first <= s.session_context_to then null else s.session_context end,
      session_context_to = case when first <= s.session_context_to then null else s.session_context_to end
  where s.user_id = owner and s.id = any(telling)
    and (first <= s.context_summary_to or first <= s.session_context_to);
  get diagnostics described = row_count;
  perform count_forgotten('recollect.rebuilt.sessionDescriptions', described);
end $$;

-- A turn is told of by its session, by the forks that see it and those which these go back to, and by sessions that saw it
-- before they were cleared.
create function forget_summaries(owner uuid, session uuid, forgotten bigint) returns void language sql as $$
  select forget_tellings(owner, array(
    select a.part_id from session_parts seeing
    join session_parts a on a.user_id = owner and a.session_id = seeing.session_id
    where seeing.user_id = owner and seeing.part_id = session and forgotten <= seeing.up_to
    union
    select c.session_id from cleared_histories c
    where c.user_id = owner and c.ancestor_id = session and forgotten <= c.up_to
  ), array[forgotten])
$$;

-- A session that is cleared keeps its summaries: it counts no interactions any more when they go. One that is deleted
-- is gone before them, and its summaries with it.
create function forget_summaries_of_deleted() returns trigger language plpgsql as $$
begin
  perform forget_summaries(d.user_id, d.session_id, d.sequence)
  from deleted d join sessions s on s.user_id = d.user_id and s.id = d.session_id
  where s.interaction_count > 0;
  return null;
end $$;

create trigger interactions_deleted_leave_summaries after delete on interactions
  referencing old table as deleted for each statement execute function forget_summaries_of_deleted();

-- An answer that takes the place of another, or comes after an hour, when the turn may have been summarised without.
create function forget_summaries_of_changed() returns trigger language plpgsql as $$
begin
  perform forget_summaries(new.user_id, new.session_id, new.sequence);
  return null;
end $$;

create trigger interactions_changed_leave_summaries after update of question, answer on interactions
  for each row when (
    old.compressed_in is not distinct from new.compressed_in
    and (old.question, old.answer) is distinct from (new.question, new.answer)
    and (old.answer is not null or old.created_at < now() - interval '1 hour'))
  execute function forget_summaries_of_changed();
