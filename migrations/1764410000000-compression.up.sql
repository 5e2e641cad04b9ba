-- What old interactions say, many of them in one value, which PostgreSQL compresses as one. Everything else of them stays
-- in their rows. See routines/2-compression.sql.
create table compressed_interactions (
  user_id uuid not null constraint compressed_interactions_user_fkey references users on delete cascade,
  up_to bigint not null,  -- the sequence of the last
  texts jsonb not null,   -- {"<sequence>": {"question": ..., "answer": ..., ...}}, without what is empty
  primary key (user_id, up_to)
);

-- In the row or out of it, never both: whoever would write to an interaction without taking it out is refused.
alter table interactions
  add column compressed_in bigint,
  add constraint interactions_compressed_check check (compressed_in is null or (
    question is null and answer is null and error is null and context_used is null
    and steps = '[]' and metadata = '{}'));

grant select, insert, update, delete on compressed_interactions to recollect_app;
alter table compressed_interactions enable row level security;
create policy own_rows on compressed_interactions
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
