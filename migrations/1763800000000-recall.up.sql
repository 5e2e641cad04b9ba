-- The index over a user's turns, in blocks of up to 256 interactions of the log. Blocks are written in the background
-- from the log and can always be rebuilt from it: recording pays nothing. What no block covers (the newest
-- interactions) is read as text. One row per word and block instead took 428 MB where this takes 78, and GIN over
-- tsvector made single inserts 35-60 % slower.
create table recall_blocks (
  user_id uuid not null constraint recall_blocks_user_fkey references users on delete cascade,
  from_sequence bigint not null,
  to_sequence bigint not null,
  docs bytea,      -- 12 bytes for each turn: its place in the log, length, tokens, speaker and time
  legend jsonb,    -- {"sessions": [[first turn, session id], ...], "speakers": [name, ...]}
  postings jsonb,  -- {"t": {"tomato": "<turns and counts>"}}: by first character, then by word
  primary key (user_id, from_sequence)
);
-- Packed already: compressing it again costs more time than it saves.
alter table recall_blocks alter docs set storage external, alter postings set storage external;

grant select, insert, update, delete on recall_blocks to recollect_app;
alter table recall_blocks enable row level security;
create policy own_rows on recall_blocks
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
