create type transfer_state as enum ('UPLOADING', 'WAITING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED');

-- Exports that were asked for. `digest` is the SHA-256 of the ticket until somebody brings it.
drop table export_tickets cascade;
create table exports (
  user_id uuid not null constraint exports_user_fkey references users on delete cascade,
  id uuid not null,
  digest bytea,
  request jsonb not null, -- {format, sessionIds?, afterSessionId?}
  state transfer_state not null default 'WAITING',
  sessions_total integer not null default 0,
  sessions_done integer not null default 0,
  interactions_total bigint not null default 0,
  interactions_done bigint not null default 0,
  bytes bigint not null default 0,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  primary key (user_id, id)
) with (fillfactor = 70);
create unique index exports_digest_key on exports (digest);

grant select, insert, update, delete on exports to recollect_app;
alter table exports enable row level security;
create policy own_rows on exports
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
