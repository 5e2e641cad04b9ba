drop table ended_sessions cascade;
drop index sessions_unfinished_idx;
create index sessions_ended_idx on sessions (ended_at) where ended_at is not null;
create index sessions_undescribed_idx on sessions (user_id, id) where ended_at is not null and session_context is null;
create index sessions_untitled_idx on sessions (user_id, id) where title is null and not title_removed;
alter table sessions
  add column title_key text collate "C" not null default '',
  add column settled_activity_at timestamptz(3),
  add column settled_duration_ms bigint,
  add column settled_message_count integer;
create index sessions_title_idx on sessions (user_id, title_key, id);
create index sessions_activity_idx on sessions (user_id, settled_activity_at, id) where ended_at is not null;
create index sessions_duration_idx on sessions (user_id, settled_duration_ms, id) where ended_at is not null;
create index sessions_messages_idx on sessions (user_id, settled_message_count, id) where ended_at is not null;
