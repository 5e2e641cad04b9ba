-- Every write of a user's data is a command, and apply_commands() is the only way in: it names the user for
-- row-level security, takes the user's lock, runs the command, and moves the user's revision by the changes made.
--
-- Conventions of the functions below. `owner` is the user. `c` is the command. `r` is the last revision taken: a
-- function that makes changes takes r + 1, r + 2 ... and returns the last. Each statement of a plpgsql function has a
-- snapshot of its own, so what follows the lock sees all that was committed before it.

create type command_result as (
  revision bigint,
  session_id uuid,
  interaction_id uuid,
  error_code text,
  error_message text,
  detail json
);

create function refuse(r bigint, error_code text, error_message text) returns command_result
language sql immutable as $$
  select row(r, null, null, error_code, error_message, null)::command_result
$$;

create function done(r bigint, session_id uuid, interaction_id uuid) returns command_result
language sql immutable as $$
  select row(r, session_id, interaction_id, null, null, null)::command_result
$$;

create function log_change(owner uuid, kind change_kind, session_id uuid, interaction_id uuid, r bigint)
returns bigint language plpgsql as $$
begin
  insert into changes (user_id, revision, kind, session_id, interaction_id, at)
  values (owner, r + 1, kind, session_id, interaction_id, clock_timestamp());
  return r + 1;
end $$;

-- RFC 7396.
create function merge_patch(target jsonb, patch jsonb) returns jsonb language plpgsql immutable as $$
begin
  if jsonb_typeof(patch) is distinct from 'object' then return patch; end if;
  if jsonb_typeof(target) is distinct from 'object' then target := '{}'; end if;
  if patch = '{}' then return target; end if;
  return (
    select coalesce(
      jsonb_object_agg(key, case when p.value is null then t.value else merge_patch(t.value, p.value) end), '{}')
    from jsonb_each(target) t full join jsonb_each(patch) p using (key)
    where p.value is distinct from 'null'
  );
end $$;

-- A merged document may be twice as large as one that is sent: that much the spaces of jsonb's text can add.
create function is_too_large(document jsonb) returns boolean language sql immutable as $$
  select octet_length(document::text) > 524288
$$;

-- When something happened: as the client says (an import, an offline queue), else now.
create function moment(c jsonb) returns timestamptz language sql volatile as $$
  select coalesce((c ->> 'occurredAt')::timestamptz, date_trunc('milliseconds', clock_timestamp()))
$$;

create function uuid_of(c jsonb, key text) returns uuid language sql immutable as $$ select (c ->> key)::uuid $$;

create function texts_of(list jsonb) returns text[] language sql immutable as $$
  select array_agg(value) from jsonb_array_elements_text(nullif(list, 'null')) value
$$;

-- What comes again is left out; nothing is an empty list.
create function each_once(list text[]) returns text[] language sql immutable as $$
  select array(select t from unnest(list) with ordinality x (t, place) group by t order by min(place))
$$;

-- Names the user of the current transaction. Use it as `(select as_user($1))`: evaluated once, before any row is read.
create function as_user(id uuid) returns uuid language sql volatile as $$
  select set_config('recollect.user_id', id::text, true)::uuid
$$;
