-- What a session saw of others before it was cleared. It sees that no more, but the summaries that it keeps tell of it, and
-- must go with what is deleted there.
create table cleared_histories (
  user_id uuid not null,
  session_id uuid not null,
  ancestor_id uuid not null,
  up_to bigint not null,
  primary key (user_id, session_id, ancestor_id),
  constraint cleared_histories_session_fkey foreign key (user_id, session_id) references sessions on delete cascade,
  constraint cleared_histories_ancestor_fkey foreign key (user_id, ancestor_id) references sessions on delete cascade
);
create index cleared_histories_ancestor_idx on cleared_histories (user_id, ancestor_id);

grant select, insert, update, delete on cleared_histories to recollect_app;
alter table cleared_histories enable row level security;
create policy own_rows on cleared_histories
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
