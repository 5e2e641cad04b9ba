alter type change_kind add value if not exists 'SUMMARY_CREATED';
alter type change_kind add value if not exists 'SUMMARY_UPDATED';
alter type change_kind add value if not exists 'SUMMARY_REVERTED';

-- Summaries refer to a session's log by ranges of its sequence and never change it. A row is in force while it is
-- neither folded into another (`superseded_by`) nor reverted. Level 1 is made of interactions, higher levels of the
-- summaries below.
create table summaries (
  user_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  level smallint not null,
  from_sequence bigint not null,
  to_sequence bigint not null,
  text text not null,
  tokens integer not null,
  produced_by text not null,
  prompt_hash text,
  pinned boolean not null default false,
  superseded_by uuid,
  reverted_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  primary key (user_id, id),
  constraint summaries_session_fkey foreign key (user_id, session_id) references sessions on delete cascade,
  constraint summaries_superseded_fkey foreign key (user_id, superseded_by) references summaries
    on delete set null (superseded_by),
  constraint summaries_range_check check (from_sequence <= to_sequence)
);
create index summaries_session_idx on summaries (user_id, session_id, from_sequence);
create index summaries_superseded_idx on summaries (user_id, superseded_by);

grant select, insert, update, delete on summaries to recollect_app;
alter table summaries enable row level security;
create policy own_rows on summaries
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));

-- The last interaction that a generated description takes in; null when the client gave it, or there is none.
alter table sessions
  add column context_summary_to bigint,
  add column session_context_to bigint;

-- What was to be described when a process died: recording never touches it.
create index sessions_undescribed_idx on sessions (user_id, id) where ended_at is not null and session_context is null;
