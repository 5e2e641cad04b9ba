-- Imports: what was uploaded, how far it has been read (`position`, in the items of the file), and what became of it.
-- A process that works at one renews `leased_until`; no index names it, so that this is a heap-only update.
create table imports (
  user_id uuid not null constraint imports_user_fkey references users on delete cascade,
  id uuid not null,
  format text,
  dry_run boolean not null default false,
  state transfer_state not null default 'UPLOADING',
  run_id uuid,
  leased_until timestamptz(3),
  received_bytes bigint not null default 0,
  read_bytes bigint not null default 0,
  position bigint not null default 0,
  counts jsonb not null default '{}',
  errors jsonb not null default '[]',
  error_count bigint not null default 0,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (user_id, id)
) with (fillfactor = 50);
create index imports_open_idx on imports (created_at) where state in ('UPLOADING', 'WAITING', 'RUNNING');

-- The uploaded file, until it is read. In the database, because any process may go on with it.
create table import_chunks (
  user_id uuid not null,
  import_id uuid not null,
  start bigint not null,
  data bytea not null,
  primary key (user_id, import_id, start),
  constraint import_chunks_import_fkey foreign key (user_id, import_id) references imports on delete cascade
);
-- Read once and deleted: compressing it would cost more than it saves.
alter table import_chunks alter data set storage external;

do $$
declare
  protected text;
begin
  foreach protected in array array['imports', 'import_chunks'] loop
    execute format('grant select, insert, update, delete on %I to recollect_app', protected);
    execute format('alter table %I enable row level security', protected);
    execute format(
      'create policy own_rows on %I using (coalesce(user_id::text = current_setting(%L, true), false))',
      protected, 'recollect.user_id');
  end loop;
end $$;
