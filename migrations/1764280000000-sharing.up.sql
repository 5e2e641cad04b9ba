alter type change_kind add value if not exists 'SHARE_CREATED';
alter type change_kind add value if not exists 'SHARE_ACCEPTED';
alter type change_kind add value if not exists 'SHARE_REVOKED';

create type share_role as enum ('READER', 'COLLABORATOR');

-- A way into one session of the user: a link, of which only a digest is stored, or an invitation of a person, who is
-- called by `email` until the account with that address accepts. Turns up to `up_to` of the log are shown, of a live
-- session the largest bigint. No index names the times and counts of access, so that noting one is a heap-only update.
create table shares (
  user_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  role share_role not null default 'READER',
  token_hash bytea constraint shares_token_key unique,
  password_hash text,
  email text,
  reader_id uuid constraint shares_reader_fkey references users on delete cascade,
  accepted_at timestamptz(3),
  up_to bigint not null,
  show_metadata boolean not null,
  show_context boolean not null,
  show_steps boolean not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3),
  last_access_at timestamptz(3),
  access_count bigint not null default 0,
  primary key (user_id, id),
  constraint shares_session_fkey foreign key (user_id, session_id) references sessions on delete cascade,
  constraint shares_link_is_for_nobody check (token_hash is null or (email is null and reader_id is null))
) with (fillfactor = 80);
create index shares_session_idx on shares (user_id, session_id);
create index shares_reader_idx on shares (reader_id) where reader_id is not null;
create index shares_email_idx on shares (email) where email is not null and reader_id is null;

grant select, insert, update, delete on shares to recollect_app;
alter table shares enable row level security;
create policy own_rows on shares
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
