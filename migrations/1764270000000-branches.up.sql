-- A fork of a session has the turns of others up to a point of the log, without copying one: `session_ancestors` says of
-- which sessions, and up to where. It tells what is seen; `parent_session_id` and `fork_sequence` tell what was forked, and
-- at which turn. All sessions that go back to one are of one tree, whatever of it has been deleted since.
alter table sessions
  add column parent_session_id uuid,
  add column fork_sequence bigint,
  add column tree_id uuid,
  add constraint sessions_parent_fkey foreign key (user_id, parent_session_id) references sessions
    on delete set null (parent_session_id);
create index sessions_parent_idx on sessions (user_id, parent_session_id, started_at, id)
  where parent_session_id is not null;
create index sessions_tree_idx on sessions (user_id, tree_id, started_at, id) where tree_id is not null;

-- No turn that a fork sees goes with the session it was said in: whoever deletes that must call leave_to_forks() before,
-- or the ancestor's foreign key refuses.
create table session_ancestors (
  user_id uuid not null constraint session_ancestors_user_fkey references users on delete cascade,
  session_id uuid not null,
  ancestor_id uuid not null,
  up_to bigint not null,
  primary key (user_id, session_id, ancestor_id),
  constraint session_ancestors_session_fkey foreign key (user_id, session_id) references sessions on delete cascade,
  constraint session_ancestors_ancestor_fkey foreign key (user_id, ancestor_id) references sessions
);
create index session_ancestors_ancestor_idx on session_ancestors (user_id, ancestor_id);

grant select, insert, update, delete on session_ancestors to recollect_app;
alter table session_ancestors enable row level security;
create policy own_rows on session_ancestors
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
