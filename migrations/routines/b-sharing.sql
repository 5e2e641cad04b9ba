-- Sharing a session. A reader works as the owner, but only through a share: session_of_link() and its like say whose it
-- is, and what is read then is found by the share's own row, which says which session, how far, and what of it.

create function is_open(s shares) returns boolean language sql stable as $$
  select (s.token_hash is not null or s.accepted_at is not null) and (s.expires_at is null or s.expires_at > now())
$$;

-- A new way into a session: a link, or the invitation of a person. A snapshot shows what the log holds at this revision.
create function share_session(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  session uuid := uuid_of(c, 'sessionId');
  reader uuid := uuid_of(c, 'readerId');
begin
  perform from sessions s where s.user_id = owner and s.id = session;
  if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
  if reader is not null then
    perform from users u where u.id = reader;
    if not found then return refuse(r, 'NOT_FOUND', 'User'); end if;
  end if;
  if reader = owner or exists (select from users u where u.id = owner and u.email = c ->> 'email') then
    return refuse(r, 'CONFLICT', 'It is your own session.');
  end if;
  if exists (
    select from shares s where s.user_id = owner and s.session_id = session
      and (s.reader_id = reader or s.email = c ->> 'email')
  ) then
    return refuse(r, 'CONFLICT', 'Already invited: revoke the invitation first.');
  end if;
  if (select count(*) from shares s where s.user_id = owner and s.session_id = session) >= (c ->> 'most')::integer then
    return refuse(r, 'CONFLICT', format('It is shared in %s ways already: revoke some first.', c ->> 'most'));
  end if;
  insert into shares (
    user_id, id, session_id, role, token_hash, password_hash, email, reader_id, up_to,
    show_metadata, show_context, show_steps, expires_at
  ) values (
    owner, uuid_of(c, 'shareId'), session, coalesce(c ->> 'role', 'READER')::share_role,
    decode(c ->> 'tokenHash', 'hex'), c ->> 'passwordHash', c ->> 'email', reader,
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

-- Whether somebody is whom a share invites: by id, or by the e-mail address until the account that has it accepts.
create function is_invited(s shares, reader uuid) returns boolean language sql stable as $$
  select s.token_hash is null and (
    s.reader_id = reader
    or (s.reader_id is null and s.email = (select u.email from users u where u.id = reader)))
$$;

-- By the reader of the command, in the log of the owner. Accepting again changes nothing.
create function accept_share(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  reader uuid := uuid_of(c, 'readerId');
  s shares;
begin
  select x.* into s from shares x where x.user_id = owner and x.id = uuid_of(c, 'shareId') and is_invited(x, reader);
  if not found or s.expires_at <= now() then return refuse(r, 'NOT_FOUND', 'Invitation'); end if;
  if s.accepted_at is not null then return done(r, null, null); end if;
  update shares set reader_id = reader, accepted_at = clock_timestamp() where user_id = owner and id = s.id;
  return done(log_change(owner, 'SHARE_ACCEPTED', s.session_id, null, r), null, null);
end $$;

create function decline_share(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  session uuid;
begin
  delete from shares x
  where x.user_id = owner and x.id = uuid_of(c, 'shareId') and is_invited(x, uuid_of(c, 'readerId'))
  returning x.session_id into session;
  if not found then return refuse(r, 'NOT_FOUND', 'Invitation'); end if;
  return done(log_change(owner, 'SHARE_REVOKED', session, null, r), null, null);
end $$;

-- Why somebody may not write through a share; null when they may. Asked under the lock that revoking takes too.
create function refused_collaborator(owner uuid, c jsonb, r bigint) returns command_result language plpgsql stable as $$
declare
  way shares;
begin
  select x.* into way from shares x
  where x.user_id = owner and x.id = uuid_of(c, 'shareId') and x.reader_id = uuid_of(c, 'readerId') and is_open(x);
  if not found then return refuse(r, 'NOT_FOUND', 'Shared session'); end if;
  if way.role <> 'COLLABORATOR' then return refuse(r, 'FORBIDDEN', 'The session is shared for reading.'); end if;
  return null;
end $$;

-- A turn of a collaborator, whole or opened, in the session and the log of the owner. A session that has ended is not
-- resumed by it, which might end another one of the owner's.
create function record_shared_turn(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  author uuid := uuid_of(c, 'readerId');
  at timestamptz := moment(c);
  s sessions;
  result command_result := refused_collaborator(owner, c, r);
begin
  if result.error_code is not null then return result; end if;
  result := retried(owner, c, r);
  if result.revision is not null then return result; end if;
  select x.* into s from sessions x join shares w on w.user_id = x.user_id and w.session_id = x.id
  where x.user_id = owner and w.id = uuid_of(c, 'shareId');
  if s.ended_at is null then r := continue_session(s, c, at, r); end if;
  result := insert_interaction(owner, c, row(s.id, s.type, r)::placement, turn_state(c), at);
  insert into interaction_authors (user_id, interaction_id, author_id) values (owner, result.interaction_id, author);
  return result;
end $$;

-- Answers, fails or goes on with a turn that the collaborator has opened; those of others are theirs.
create function continue_shared_turn(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  refused command_result := refused_collaborator(owner, c, r);
begin
  if refused.error_code is not null then return refused; end if;
  perform from interaction_authors a
  join interactions i on i.user_id = a.user_id and i.id = a.interaction_id
  join shares w on w.user_id = i.user_id and w.session_id = i.session_id
  where a.user_id = owner and a.interaction_id = uuid_of(c, 'id') and a.author_id = uuid_of(c, 'readerId')
    and w.id = uuid_of(c, 'shareId');
  if not found then return refuse(r, 'NOT_FOUND', 'Turn'); end if;
  case c ->> 'kind'
    when 'completeSharedTurn' then return finish_interaction(owner, c, 'COMPLETED', r);
    when 'failSharedTurn' then return finish_interaction(owner, c, 'FAILED', r);
    when 'recordSharedToolCall' then return update_interaction(owner, c, r);
  end case;
end $$;

-- A shared session beside its turns, as far as it is shown. Of no use to the service but through the functions below.
create view shared_session_model with (security_invoker = true) as
select
  s.user_id as "ownerId", s.id as "shareId", s.token_hash as "tokenHash", s.password_hash as "passwordHash",
  s.reader_id as "readerId", x.title, x.type, x.started_at as "startedAt",
  case when s.show_metadata then x.metadata end as metadata,
  case when s.up_to < 9223372036854775807 then 'SNAPSHOT' else 'LIVE' end as mode,
  s.created_at as "sharedAt", s.expires_at as "expiresAt"
from shares s join sessions x on x.user_id = s.user_id and x.id = s.session_id
where is_open(s);

-- Nobody has signed in: the digest alone says which session.
create function session_of_link(digest bytea) returns setof shared_session_model rows 1
language sql stable security definer set search_path = public, pg_temp as $$
  select m.* from shared_session_model m where m."tokenHash" = digest
$$;

create function session_of_reader(reader uuid, share uuid) returns setof shared_session_model rows 1
language sql stable security definer set search_path = public, pg_temp as $$
  select m.* from shared_session_model m where m."readerId" = reader and m."shareId" = share
$$;

-- Invitations of a person, accepted or not, newest first.
create function shares_with(reader uuid, most integer) returns table (
  "ownerId" uuid, id uuid, role share_role, "ownerName" text, title text, "invitedAt" timestamptz,
  "acceptedAt" timestamptz, "expiresAt" timestamptz
) language sql stable security definer set search_path = public, pg_temp as $$
  select s.user_id, s.id, s.role, o.display_name, x.title, s.created_at, s.accepted_at, s.expires_at
  from (
    select s.* from shares s where s.reader_id = reader
    union all
    select s.* from users u join shares s on s.email = u.email and s.reader_id is null where u.id = reader
  ) s
  join users o on o.id = s.user_id
  join sessions x on x.user_id = s.user_id and x.id = s.session_id
  where s.expires_at is null or s.expires_at > now()
  order by s.created_at desc, s.id limit most
$$;

-- Turns that a share shows, beyond a place in the log, in reading direction. Whoever asks has named the owner. Of a turn
-- that was answered only after the snapshot, a snapshot shows the question.
create function shared_turns(owner uuid, share uuid, beyond bigint, backward boolean, page integer)
returns table (
  id uuid, sequence bigint, status interaction_status, modality modality, question text, answer text, steps jsonb,
  error text, "contextUsed" jsonb, metadata jsonb, "occurredAt" timestamptz, "completedAt" timestamptz,
  "questionTokens" integer, "answerTokens" integer, "stepTokens" integer
) language sql stable rows 20 as $$
  select
    i.id, i.sequence, case when later then 'PENDING' else i.status end, i.modality, i.question,
    case when not later then i.answer end, case when s.show_steps and not later then i.steps end,
    case when s.show_steps and not later then i.error end,
    case when s.show_context and not later then i.context_used end, case when s.show_metadata then i.metadata end,
    i.occurred_at, case when not later then i.completed_at end,
    i.question_tokens, case when later then 0 else i.answer_tokens end,
    case when s.show_steps and not later then i.step_tokens else 0 end
  from shares s
  cross join lateral (
    (select x.sequence from session_parts p
     cross join lateral (
       select y.sequence from interactions y
       where y.user_id = s.user_id and y.session_id = p.part_id
         and y.sequence > beyond and y.sequence <= least(p.up_to, s.up_to)
       order by y.sequence limit page) x
     where not backward and p.user_id = s.user_id and p.session_id = s.session_id
     order by x.sequence limit page)
    union all
    (select x.sequence from session_parts p
     cross join lateral (
       select y.sequence from interactions y
       where y.user_id = s.user_id and y.session_id = p.part_id
         and y.sequence < beyond and y.sequence <= least(p.up_to, s.up_to)
       order by y.sequence desc limit page) x
     where backward and p.user_id = s.user_id and p.session_id = s.session_id
     order by x.sequence desc limit page)
  ) place
  join whole_interactions i on i.user_id = s.user_id and i.sequence = place.sequence
  cross join lateral (select i.revision > s.up_to and coalesce(i.completed_at > s.created_at, true) as later) l
  where s.user_id = owner and s.id = share and is_open(s)
  order by case when backward then -i.sequence else i.sequence end
$$;

-- What happened in a shared session after a revision of its owner, in order: at least one row while the share is open, none
-- when it is over. `reached` is how far the log has been looked through, by at most `entries` of it and `page` of what they
-- tell; what else happened to the owner is not told. Of the sessions that it was forked from, what becomes of the turns it
-- has from them, while they are there.
create function shared_changes(owner uuid, share uuid, after bigint, entries integer, page integer)
returns table (
  reached bigint, current_revision bigint, kept_after bigint, revision bigint, kind change_kind, turn_id uuid, turn json
) language sql stable rows 10 as $$
  with looked_through as materialized (
    select c.revision, c.kind, c.session_id, c.interaction_id from changes c
    where c.user_id = owner and c.revision > after order by c.revision limit entries
  ), told as materialized (
    select l.* from looked_through l
    join shares s on s.user_id = owner and s.id = share
    join session_parts p on p.user_id = owner and p.session_id = s.session_id and p.part_id = l.session_id
    where case
      when l.kind::text like 'INTERACTION\_%' then p.part_id = s.session_id or exists (
        select from interactions i where i.user_id = owner and i.id = l.interaction_id and i.sequence <= p.up_to)
      else p.part_id = s.session_id
        and l.kind in ('SESSION_UPDATED', 'SESSION_ENDED', 'SESSION_RESUMED', 'SESSION_CLEARED') end
    order by l.revision limit page
  )
  select
    case when (select count(*) from told) = page then (select max(t.revision) from told t)
      else coalesce((select max(l.revision) from looked_through l), after) end,
    v.value, v.kept_after, t.revision, t.kind, t.interaction_id,
    (select to_json(m) from interactions i, shared_turns(owner, share, i.sequence - 1, false, 1) m
     where i.user_id = owner and i.id = t.interaction_id and m.id = i.id)
  from shares s join revisions v on v.user_id = s.user_id left join told t on true
  where s.user_id = owner and s.id = share and is_open(s)
  order by t.revision
$$;

-- Begins a session of the reader's own with what a share shows: a copy, which is the reader's whatever becomes of the share.
create function continue_shared(reader uuid, c jsonb, defaults jsonb, r bigint)
returns command_result language plpgsql as $$
declare
  shown record;
  result command_result;
begin
  if c ? 'tokenHash' then
    select m.* into shown from session_of_link(decode(c ->> 'tokenHash', 'hex')) m;
  else
    select m.* into shown from session_of_reader(reader, uuid_of(c, 'shareId')) m;
  end if;
  if shown."shareId" is null then return refuse(r, 'NOT_FOUND', 'Shared session'); end if;
  result := start_session(
    reader, c || jsonb_build_object(
      'type', shown.type, 'title', shown.title, 'sessionMetadata', coalesce(shown.metadata, '{}')), defaults, r);
  if result.error_code is not null or result.revision = r then return result; end if;
  return done(
    copy_shared_turns(
      reader, result.session_id, shown."ownerId", shown."shareId", (c ->> 'most')::integer, result.revision),
    result.session_id, null);
end $$;

-- The newest turns of a share that are answered, as they are shown, as turns of a session of the reader's. Of no other
-- role could both users' rows be seen; the caller has found the share as the reader's.
create function copy_shared_turns(
  reader uuid, session uuid, owner uuid, share uuid, most integer, r bigint
) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
  told bigint;
begin
  with copied as (
    insert into interactions (
      user_id, id, session_id, sequence, revision, status, modality, question, answer, steps, error, context_used,
      metadata, question_tokens, answer_tokens, step_tokens, occurred_at, completed_at)
    select reader, gen_random_uuid(), session, r + place, r + place, status, modality, question, answer,
      coalesce(steps, '[]'), error, "contextUsed", coalesce(metadata, '{}'), "questionTokens", "answerTokens",
      "stepTokens", "occurredAt", "completedAt"
    from (
      select t.*, row_number() over (order by t.sequence) as place
      from shared_turns(owner, share, 9223372036854775807, true, most) t where t.status <> 'PENDING'
    ) shown
    returning *
  ), authored as (
    insert into interaction_authors (user_id, interaction_id) select reader, i.id from copied i
  ), logged as (
    insert into changes (user_id, revision, kind, session_id, interaction_id, at)
    select reader, i.revision, creation_kind(i), session, i.id, clock_timestamp() from copied i
  )
  select count(*) into told from copied;
  if told > 0 then perform count_turns(reader, session, r + told); end if;
  return r + told;
end $$;

revoke execute on function session_of_link, session_of_reader, shares_with, copy_shared_turns from public;
grant execute on function session_of_link, session_of_reader, shares_with, copy_shared_turns to recollect_app;
