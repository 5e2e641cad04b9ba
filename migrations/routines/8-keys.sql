-- These find out who calls, so they are asked before there is a user to name, and see rows of everyone.

create function service_key_of(digest bytea) returns table (
  id uuid, owner_id uuid, scopes text[], rate_per_minute integer, expires_at timestamptz
) language sql stable security definer set search_path = public, pg_temp as $$
  select k.id, k.user_id, k.scopes::text[], k.rate_per_minute, k.expires_at from service_keys k
  where k.key_hash = digest
$$;

-- Whom the application's identity stands for; null when it has not been seen.
create function user_of_identity(application uuid, of_channel text, of_external_id text) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select i.user_id from identities i
  where i.application_id = application and i.channel = of_channel and i.external_id = of_external_id
$$;

-- The same, created at first sight; null when there is no such application any more.
create function user_of_new_identity(
  application uuid, of_channel text, of_external_id text, new_user uuid, new_identity uuid
) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- Its lock puts those who meet here in one order, and keeps the application there.
  perform from users u where u.id = application for no key update;
  if not found then return null; end if;
  if user_of_identity(application, of_channel, of_external_id) is null then
    insert into users (id, application_id) values (new_user, application);
    insert into revisions (user_id) values (new_user);
    insert into identities (user_id, id, application_id, channel, external_id)
    values (new_user, new_identity, application, of_channel, of_external_id);
  end if;
  return user_of_identity(application, of_channel, of_external_id);
end $$;

-- Who made a code that is still good; null when nobody did.
create function user_of_link_code(digest bytea) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select l.user_id from link_codes l where l.code_hash = digest and l.expires_at > now()
$$;

revoke execute
  on function service_key_of, user_of_identity, user_of_new_identity, user_of_link_code from public;
grant execute
  on function service_key_of, user_of_identity, user_of_new_identity, user_of_link_code to recollect_app;
