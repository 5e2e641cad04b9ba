alter type change_kind add value if not exists 'BACKUP_REQUESTED';
alter type change_kind add value if not exists 'BACKUP_COMPLETED';
alter type change_kind add value if not exists 'BACKUP_FAILED';
alter type change_kind add value if not exists 'BACKUP_DELETED';

create type backup_frequency as enum ('DAILY', 'WEEKLY');
create type backup_status as enum ('PENDING', 'COMPLETED', 'FAILED');

create table backup_schedules (
  user_id uuid primary key constraint backup_schedules_user_fkey references users on delete cascade,
  frequency backup_frequency not null,
  keep integer not null,
  next_at timestamptz(3) not null
);
create index backup_schedules_next_idx on backup_schedules (next_at);

-- `slot` is when a scheduled backup was due, of which there is one; null for one that the user asked for. `sha256` is of
-- the stored bytes.
create table backups (
  user_id uuid not null constraint backups_user_fkey references users on delete cascade,
  id uuid not null,
  status backup_status not null default 'PENDING',
  slot timestamptz(3),
  file text not null,
  bytes bigint,
  sha256 bytea,
  error text,
  created_at timestamptz(3) not null default now(),
  completed_at timestamptz(3),
  primary key (user_id, id),
  constraint backups_slot_key unique (user_id, slot)
);
create index backups_pending_idx on backups (created_at) where status = 'PENDING';

-- Files of backups that are gone, until they are gone too. It belongs to nobody: most of them had a user who is not there
-- any more. One that may still be being written is erased again until it cannot be.
create table backup_erasures (
  file text primary key,
  until timestamptz(3) not null
);

grant select, insert, update, delete on backup_schedules, backups to recollect_app;
do $$
declare
  protected text;
begin
  foreach protected in array array['backup_schedules', 'backups'] loop
    execute format('alter table %I enable row level security', protected);
    execute format(
      'create policy own_rows on %I using (coalesce(user_id::text = current_setting(%L, true), false))',
      protected, 'recollect.user_id');
  end loop;
end $$;
