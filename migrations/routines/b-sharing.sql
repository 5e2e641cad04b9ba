-- Sharing a session. A reader works as the owner, but only through a share: session_of_link() and its like say whose it
-- is, and what is read then is found by the share's own row, which says which session, how far, and what of it.

create function is_open(s shares) returns boolean language sql stable as $$
  select (s.token_hash is not null or s.accepted_at is not null) and (s.expires_at is null or s.expires_at > now())
$$;

-- A new way into a session. A snapshot shows what the log holds at this revision.
create function share_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  session uuid := uuid_of(c, 'sessionId');
begin
  perform from sessions s where s.user_id = owner and s.id = session;
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  if (select count(*) from shares s where s.user_id = owner and s.session_id = session) >= (c ->> 'most')::integer then
    return refuse(r, 'CONFLICT', format('It is shared in %s ways already: revoke some first.', c ->> 'most'));
  end if;
  insert into shares (
    user_id, id, session_id, token_hash, password_hash, up_to, show_metadata, show_context, show_steps, expires_at
  ) values (
    owner, uuid_of(c, 'shareId'), session, decode(c ->> 'tokenHash', 'hex'), c ->> 'passwordHash',
    case when c ->> 'mode' = 'LIVE' then 9223372036854775807 else r end,
    coalesce((c ->> 'showMetadata')::boolean, false), coalesce((c ->> 'showContext')::boolean, false),
    coalesce((c ->> 'showSteps')::boolean, false), (c ->> 'expiresAt')::timestamptz
  );
  return done(log_change(owner, 'SHARE_CREATED', session, null, r), session, null);
end $$;

-- Ends one way into a session, or (without `shareId`) all of them, each a step of the revision.
create function revoke_shares(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  session uuid := uuid_of(c, 'sessionId');
  revoked uuid;
begin
  if c ? 'sessionId' then
    perform from sessions s where s.user_id = owner and s.id = session;
    if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  end if;
  for revoked in
    delete from shares s where s.user_id = owner
      and (s.session_id = session or s.id = uuid_of(c, 'shareId'))
    returning s.session_id
  loop
    r := log_change(owner, 'SHARE_REVOKED', revoked, null, r);
  end loop;
  if revoked is null and c ? 'shareId' then return refuse(r, 'NOT_FOUND', 'Share'); end if;
  return done(r, revoked, null);
end $$;

-- A shared session beside its turns, as far as it is shown. Of no use to the service but through the functions below.
create view shared_session_model with (security_invoker = true) as
select
  s.user_id as "ownerId", s.id as "shareId", s.token_hash as "tokenHash", s.password_hash as "passwordHash",
  x.title, x.type, x.started_at as "startedAt", case when s.show_metadata then x.metadata end as metadata,
  case when s.up_to < 9223372036854775807 then 'SNAPSHOT' else 'LIVE' end as mode,
  s.created_at as "sharedAt", s.expires_at as "expiresAt"
from shares s join sessions x on x.user_id = s.user_id and x.id = s.session_id
where is_open(s);

-- Nobody has signed in: the digest alone says which session.
create function session_of_link(digest bytea) returns setof shared_session_model rows 1
language sql stable security definer set search_path = public, pg_temp as $$
  select m.* from shared_session_model m where m."tokenHash" = digest
$$;

revoke execute on function session_of_link from public;
grant execute on function session_of_link to recollect_app;

-- Turns that a share shows, beyond a place in the log, in reading direction. Whoever asks has named the owner. Of a turn
-- that was answered only after the snapshot, a snapshot shows the question.
create function shared_turns(owner uuid, share uuid, beyond bigint, backward boolean, page integer)
returns table (
  id uuid, sequence bigint, status interaction_status, modality modality, question text, answer text, steps jsonb,
  error text, "contextUsed" jsonb, metadata jsonb, "occurredAt" timestamptz, "completedAt" timestamptz
) language sql stable rows 20 as $$
  select
    i.id, i.sequence, case when later then 'PENDING' else i.status end, i.modality, i.question,
    case when not later then i.answer end, case when s.show_steps and not later then i.steps end,
    case when s.show_steps and not later then i.error end,
    case when s.show_context and not later then i.context_used end, case when s.show_metadata then i.metadata end,
    i.occurred_at, case when not later then i.completed_at end
  from shares s
  cross join lateral (
    (select x.sequence from interactions x
     where not backward and x.user_id = s.user_id and x.session_id = s.session_id
       and x.sequence > beyond and x.sequence <= s.up_to
     order by x.sequence limit page)
    union all
    (select x.sequence from interactions x
     where backward and x.user_id = s.user_id and x.session_id = s.session_id
       and x.sequence < beyond and x.sequence <= s.up_to
     order by x.sequence desc limit page)
  ) place
  join interactions i on i.user_id = s.user_id and i.sequence = place.sequence
  cross join lateral (select i.revision > s.up_to and coalesce(i.completed_at > s.created_at, true) as later) l
  where s.user_id = owner and s.id = share and is_open(s)
  order by case when backward then -i.sequence else i.sequence end
$$;
