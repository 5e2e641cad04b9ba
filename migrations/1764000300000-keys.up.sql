-- A user whom the keys of another one, the application, brought here: they have no way to sign in, and go with it.
alter table users
  add column application_id uuid constraint users_application_fkey references users on delete cascade,
  drop constraint users_can_sign_in,
  add constraint users_can_sign_in check (
    (email is not null and password_hash is not null) or (issuer is not null and subject is not null)
    or application_id is not null
  );
create index users_application_idx on users (application_id) where application_id is not null;

create type key_scope as enum ('READ', 'WRITE', 'ADMIN');

-- Keys of 256 random bits, of which only a digest is stored.
create table service_keys (
  user_id uuid not null constraint service_keys_user_fkey references users on delete cascade,
  id uuid not null,
  name text not null,
  key_hash bytea not null constraint service_keys_hash_key unique,
  scopes key_scope[] not null,
  rate_per_minute integer not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  primary key (user_id, id)
);

-- Whom an application calls `channel:external_id`: a user of its own, until a person links it to theirs (`linked_at`).
create table identities (
  user_id uuid not null constraint identities_user_fkey references users on delete cascade,
  id uuid not null,
  application_id uuid not null constraint identities_application_fkey references users on delete cascade,
  channel text not null,
  external_id text not null,
  created_at timestamptz(3) not null default now(),
  linked_at timestamptz(3),
  primary key (user_id, id),
  constraint identities_external_key unique (application_id, channel, external_id)
);

-- What a person says to a bot to be linked: one at a time, of which only a keyed digest is stored.
create table link_codes (
  user_id uuid primary key constraint link_codes_user_fkey references users on delete cascade,
  code_hash bytea not null constraint link_codes_hash_key unique,
  expires_at timestamptz(3) not null
);

do $$
declare
  protected text;
begin
  foreach protected in array array['service_keys', 'identities', 'link_codes'] loop
    execute format('grant select, insert, update, delete on %I to recollect_app', protected);
    execute format('alter table %I enable row level security', protected);
    execute format(
      'create policy own_rows on %I using (coalesce(user_id::text = current_setting(%L, true), false))',
      protected, 'recollect.user_id');
  end loop;
end $$;
