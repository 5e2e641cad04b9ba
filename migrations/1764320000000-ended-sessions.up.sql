-- What lists of sessions look at, of those that have ended: narrow rows, of which all can be read. Kept by a trigger: see
-- routines/3-session-lists.sql, which also says what each column is.
create table ended_sessions (
  user_id uuid not null,
  id uuid not null,
  started_at timestamptz(3) not null,
  ended_at timestamptz(3) not null,
  last_activity_at timestamptz(3) not null,
  duration_ms bigint not null,
  message_count integer not null,
  type session_type not null,
  privacy session_privacy not null,
  pinned boolean not null,
  archived boolean not null,
  has_errors boolean not null,
  title_key text collate "C" not null,
  words text collate "C" not null,
  tags text[] not null,
  scope text not null,
  channel text,
  project_id uuid,
  primary key (user_id, id),
  constraint ended_sessions_session_fkey foreign key (user_id, id) references sessions on delete cascade
);

insert into ended_sessions
select user_id, id, started_at, ended_at, settled_activity_at, settled_duration_ms, settled_message_count, type, privacy,
  pinned, archived_at is not null, error_count > 0, title_key,
  title_key || ' ' || lower(regexp_replace(normalize(array_to_string(tags, ' '), NFKD), '[\u0300-\u036f]', '', 'g')),
  tags, scope, channel, project_id
from sessions where ended_at is not null;

create index ended_sessions_started_idx on ended_sessions (user_id, started_at, id);
create index ended_sessions_activity_idx on ended_sessions (user_id, last_activity_at, id);
create index ended_sessions_duration_idx on ended_sessions (user_id, duration_ms, id);
create index ended_sessions_messages_idx on ended_sessions (user_id, message_count, id);
create index ended_sessions_title_idx on ended_sessions (user_id, title_key, id);
-- For retention and statistics, which look at those of everybody.
create index ended_sessions_ended_idx on ended_sessions (ended_at);

grant select, insert, update, delete on ended_sessions to recollect_app;
alter table ended_sessions enable row level security;
-- As on other tables, but looked up once in a statement, not for each of the many rows that a list looks at. `nullif` makes
-- it dearer than `user_id = (select as_user(...))`, so that the user is named before.
create policy own_rows on ended_sessions using (coalesce(nullif(
  user_id = (select nullif(current_setting('recollect.user_id', true), '')::uuid), false), false));

drop trigger if exists sessions_title_key on sessions;
drop trigger if exists sessions_settle on sessions;
drop index sessions_ended_idx;
alter table sessions
  drop column title_key, drop column settled_activity_at, drop column settled_duration_ms,
  drop column settled_message_count;

-- What background work has missed is looked for in one index.
drop index sessions_undescribed_idx;
drop index sessions_untitled_idx;
create index sessions_unfinished_idx on sessions (user_id, id)
  where (ended_at is not null and session_context is null) or (title is null and not title_removed);
