create type deletion_kind as enum ('INTERACTION', 'MESSAGES', 'SESSION', 'CLEANUP', 'RETENTION', 'FACT', 'USER');

-- What each deletion removed: ids and counts, never a word of it. Found by the step of the revision that the deletion
-- took, or by the id of what was deleted.
create table deletion_receipts (
  user_id uuid not null constraint deletion_receipts_user_fkey references users on delete cascade,
  revision bigint not null,
  kind deletion_kind not null,
  subject_id uuid not null,  -- the interaction, session or fact
  at timestamptz(3) not null default now(),
  removed jsonb not null,    -- {"interactions": 1, ...}
  rebuilt jsonb not null,
  primary key (user_id, revision)
);
create index deletion_receipts_subject_idx on deletion_receipts (user_id, subject_id);
-- For their retention, which looks for old ones of everybody.
create index deletion_receipts_at_idx on deletion_receipts (at);

grant select, insert, update, delete on deletion_receipts to recollect_app;
alter table deletion_receipts enable row level security;
create policy own_rows on deletion_receipts
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
