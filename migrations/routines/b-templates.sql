-- A template's own columns as the command that starts a session names them.
create function session_of_template(t templates) returns jsonb language sql stable as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'type', t.type, 'title', t.title, 'tags', to_jsonb(t.tags), 'state', t.state, 'sessionMetadata', t.metadata,
    'tokenLimit', t.token_limit))
$$;

create function is_template_name_taken(owner uuid, wanted text, except_id uuid) returns boolean language sql stable as $$
  select exists (select from templates t where t.user_id = owner and t.name = wanted and t.id <> except_id)
$$;

create function refuse_template_name(r bigint) returns command_result language sql immutable as $$
  select refuse(r, 'CONFLICT', 'Another template has this name.')
$$;

-- From what the command says or, with `sessionId`, from what a session is like.
create function create_template(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  t templates;
  s sessions;
  note jsonb;
begin
  if c ? 'sessionId' then
    select x.* into s from sessions x where x.user_id = owner and x.id = uuid_of(c, 'sessionId');
    if not found then return refuse(r, 'NOT_FOUND', 'Session'); end if;
    note := (select n.step from system_note(owner, s.id) n);
    c := c || jsonb_build_object(
      'type', s.type, 'title', s.title, 'tags', to_jsonb(s.tags), 'state', s.state, 'metadata', s.metadata,
      'tokenLimit', s.token_limit, 'systemNote', note ->> 'content', 'systemNoteTokens', note -> 'tokens');
  end if;
  if is_template_name_taken(owner, c ->> 'name', uuid_of(c, 'id')) then return refuse_template_name(r); end if;
  if (select count(*) from templates x where x.user_id = owner) >= (c ->> 'most')::integer then
    return refuse(r, 'CONFLICT', format('There are %s templates: delete one first.', c ->> 'most'));
  end if;
  insert into templates (
    user_id, id, name, type, title, tags, system_note, system_note_tokens, state, metadata, token_limit
  ) values (
    owner, uuid_of(c, 'id'), c ->> 'name', coalesce(c ->> 'type', 'TEXT_CHAT')::session_type, c ->> 'title',
    each_once(texts_of(c -> 'tags')),
    c ->> 'systemNote', coalesce((c ->> 'systemNoteTokens')::integer, 0),
    coalesce(c -> 'state', '{}'), coalesce(c -> 'metadata', '{}'), (c ->> 'tokenLimit')::integer
  );
  return done(log_change(owner, 'TEMPLATE_CREATED', null, null, r), null, null);
end $$;

create function update_template(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  if is_template_name_taken(owner, c ->> 'name', uuid_of(c, 'id')) then return refuse_template_name(r); end if;
  update templates t
  set name = coalesce(c ->> 'name', t.name),
      type = coalesce((c ->> 'type')::session_type, t.type),
      title = case when c ? 'title' then c ->> 'title' else t.title end,
      tags = case when c ? 'tags' then each_once(texts_of(c -> 'tags')) else t.tags end,
      system_note = case when c ? 'systemNote' then c ->> 'systemNote' else t.system_note end,
      system_note_tokens = coalesce((c ->> 'systemNoteTokens')::integer, t.system_note_tokens),
      state = coalesce(c -> 'state', t.state),
      metadata = coalesce(c -> 'metadata', t.metadata),
      token_limit = case when c ? 'tokenLimit' then (c ->> 'tokenLimit')::integer else t.token_limit end,
      updated_at = clock_timestamp()
  where t.user_id = owner and t.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Template'); end if;
  return done(log_change(owner, 'TEMPLATE_UPDATED', null, null, r), null, null);
end $$;

create function delete_template(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  delete from templates t where t.user_id = owner and t.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Template'); end if;
  return done(log_change(owner, 'TEMPLATE_DELETED', null, null, r), null, null);
end $$;

-- Starts a session as the template says, where the command does not say otherwise. The system note becomes its first
-- message; the repetition of a call finds it there.
create function start_from_template(owner uuid, c jsonb, defaults jsonb, r bigint)
returns command_result language plpgsql as $$
declare
  t templates;
  started command_result;
begin
  select x.* into t from templates x where x.user_id = owner and x.id = uuid_of(c, 'templateId');
  if not found then
    -- A call that is repeated after the template is gone has what it started all the same.
    if exists (
      select from sessions s where s.user_id = owner and s.id = uuid_of(c, 'newSessionId')
        and s.fingerprint = decode(c ->> 'sessionFingerprint', 'hex')
    ) then
      return done(r, uuid_of(c, 'newSessionId'), null);
    end if;
    return refuse(r, 'NOT_FOUND', 'Template');
  end if;
  c := session_of_template(t) || c;
  started := start_session(owner, c, defaults, r);
  if started.error_code is not null or started.revision = r or t.system_note is null then return started; end if;
  return record_interaction(owner, jsonb_strip_nulls(jsonb_build_object(
    'kind', 'recordInteraction', 'id', c -> 'noteId', 'sessionId', started.session_id,
    'occurredAt', c -> 'occurredAt', 'stepTokens', t.system_note_tokens,
    'steps', jsonb_build_array(jsonb_build_object(
      'id', c -> 'noteStepId', 'role', 'SYSTEM', 'content', t.system_note, 'tokens', t.system_note_tokens,
      'at', to_char(moment(c) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))))), defaults, started.revision);
end $$;

-- The note that a session began with: its first message, if that is the system's and no error.
create function system_note(owner uuid, session uuid) returns table (interaction_id uuid, sequence bigint, step jsonb)
language sql stable as $$
  select i.id, i.sequence, i.steps -> 0
  from (
    select x.* from session_parts p
    cross join lateral (
      select y.* from whole_interactions y
      where y.user_id = owner and y.session_id = p.part_id and y.sequence <= p.up_to
      order by y.sequence limit 1
    ) x
    where p.user_id = owner and p.session_id = session order by x.sequence limit 1
  ) i
  where i.question is null and i.steps -> 0 ->> 'role' = 'SYSTEM'
    and not coalesce((i.steps -> 0 ->> 'isError')::boolean, false)
$$;

create view template_model with (security_invoker = true) as
select
  user_id as "userId", id, name, type, title, tags, system_note as "systemNote",
  system_note_tokens as "systemNoteTokens", state, metadata, token_limit as "tokenLimit",
  created_at as "createdAt", updated_at as "updatedAt"
from templates;

grant select on template_model to recollect_app;
