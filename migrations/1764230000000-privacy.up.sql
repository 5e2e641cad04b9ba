create type session_privacy as enum ('PRIVATE', 'GROUP');
alter table sessions add column privacy session_privacy not null default 'PRIVATE';
create index sessions_group_idx on sessions (user_id, scope) where privacy = 'GROUP';
