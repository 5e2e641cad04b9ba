-- The views of the export read tables that earlier migrations take back.
drop view if exists exported_session, exported_summary, exported_interaction, exported_answer cascade;
drop table exports cascade;
drop type transfer_state;
create table export_tickets (
  user_id uuid not null constraint export_tickets_user_fkey references users on delete cascade,
  digest bytea not null,
  request jsonb not null,
  expires_at timestamptz(3) not null,
  primary key (user_id, digest)
);
create unique index export_tickets_digest_key on export_tickets (digest);
