-- A ticket is good for one export: whoever brings what `digest` is the SHA-256 of takes the row away.
create table export_tickets (
  user_id uuid not null constraint export_tickets_user_fkey references users on delete cascade,
  digest bytea not null,
  request jsonb not null, -- {format, sessionIds?}
  expires_at timestamptz(3) not null,
  primary key (user_id, digest)
);
create unique index export_tickets_digest_key on export_tickets (digest);

grant select, insert, update, delete on export_tickets to recollect_app;
alter table export_tickets enable row level security;
create policy own_rows on export_tickets
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
