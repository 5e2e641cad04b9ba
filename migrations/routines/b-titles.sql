-- Whether a session has something to be titled by, and the user has neither given a title nor taken it away.
create function is_untitled(s sessions) returns boolean language sql stable as $$
  select s.title is null and not s.title_removed and exists (
    select from whole_interactions i
    where i.user_id = s.user_id and i.session_id = s.id and i.status <> 'PENDING'
      and (i.question is not null or i.answer is not null))
$$;

-- Those of the sessions that changed after the given revisions of their users. Looked for in the background, because
-- whatever a record does for it every record pays.
create function sessions_to_title(user_ids uuid[], afters bigint[]) returns table (user_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.user_id, s.id from changed_sessions(user_ids, afters) s
  where is_untitled(s)
$$;

-- All of them, after one: what no process looked for because it died.
create function untitled_sessions(after_user uuid, after_session uuid, page integer)
returns table (user_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.user_id, s.id from sessions s
  where s.title is null and not s.title_removed and is_untitled(s) and (s.user_id, s.id) > (after_user, after_session)
  order by 1, 2 limit page
$$;

-- They see rows of everyone.
revoke execute on function sessions_to_title, untitled_sessions from public;

-- Gives a session a title, unless it has one or is to have none. What it was made from was read before the lock: if that
-- has changed since (`count` and `newest` tell), the title may hold what the user has deleted, and is refused.
create function title_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  s sessions;
  seen bigint;
  newest bigint;
begin
  select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'sessionId');
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  if s.title is not null or s.title_removed then return done(r, s.id, null); end if;
  select count(*), max(i.revision) into seen, newest from interactions i
  where i.user_id = owner and i.session_id = s.id and i.status <> 'PENDING'
    and i.sequence <= (c ->> 'toSequence')::bigint;
  if seen <> (c ->> 'count')::bigint or newest <> (c ->> 'newest')::bigint then
    return refuse(r, 'CONFLICT', 'The session has changed meanwhile; try again.');
  end if;
  update sessions x set title = c ->> 'title', title_from = (c ->> 'toSequence')::bigint
  where x.user_id = owner and x.id = s.id;
  return done(touch_session(owner, s.id, 'SESSION_UPDATED', r), s.id, null);
end $$;

-- Nothing forgotten stays: a generated title goes with what it was made from, and another is made of what is left.
create function forget_titles_of_deleted() returns trigger language plpgsql as $$
begin
  update sessions s set title = null, title_from = null
  where s.title_from is not null and exists (
    select from deleted d where d.user_id = s.user_id and d.session_id = s.id and d.sequence <= s.title_from)
    and (s.user_id, s.id) in (select d.user_id, d.session_id from deleted d);
  return null;
end $$;

create trigger interactions_deleted_leave_titles after delete on interactions
  referencing old table as deleted for each statement execute function forget_titles_of_deleted();

create function forget_title_of_changed() returns trigger language plpgsql as $$
begin
  update sessions s set title = null, title_from = null
  where s.user_id = new.user_id and s.id = new.session_id and new.sequence <= s.title_from;
  return null;
end $$;

create trigger interactions_changed_leave_titles after update of question, answer on interactions
  for each row when (
    old.compressed_in is not distinct from new.compressed_in
    and (old.question, old.answer) is distinct from (new.question, new.answer) and old.status <> 'PENDING')
  execute function forget_title_of_changed();
