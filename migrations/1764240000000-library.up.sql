-- `title_from` is the last interaction that a generated title was made from; null when the user gave the title, or there
-- is none. `title_removed`: the user took the title away, and wants none.
alter table sessions
  add column archived_at timestamptz(3),
  add column title_from bigint,
  add column title_removed boolean not null default false;

-- What lists are sorted by. An index on what changes with every record would cost each record its heap-only update, so
-- the indexes have what an ended session was like at its end. The active ones are few, and sorted when they are asked for.
alter table sessions
  add column title_key text collate "C" not null default '',
  add column settled_activity_at timestamptz(3),
  add column settled_duration_ms bigint,
  add column settled_message_count integer;

update sessions set
  title_key = left(lower(regexp_replace(normalize(coalesce(title, ''), NFKD), '[\u0300-\u036f]', '', 'g')), 100),
  settled_activity_at = last_activity_at,
  settled_duration_ms = prior_active_ms + (extract(epoch from ended_at - period_started_at) * 1000)::bigint,
  settled_message_count = user_message_count + assistant_message_count + system_message_count + tool_message_count;

create index sessions_title_idx on sessions (user_id, title_key, id);
create index sessions_activity_idx on sessions (user_id, settled_activity_at, id) where ended_at is not null;
create index sessions_duration_idx on sessions (user_id, settled_duration_ms, id) where ended_at is not null;
create index sessions_messages_idx on sessions (user_id, settled_message_count, id) where ended_at is not null;
-- What is to be titled: recording never touches it.
create index sessions_untitled_idx on sessions (user_id, id) where title is null and not title_removed;

alter type usage_kind add value if not exists 'TITLE';
