-- How far the embeddings of each user's turns have come. The embeddings themselves are in a table that exists only where
-- pgvector does: enable_embeddings() makes it.
create table embedding_progress (
  user_id uuid primary key constraint embedding_progress_user_fkey references users on delete cascade,
  model text not null,
  revision bigint not null,      -- all that was so at this revision has an embedding of the model
  leased_until timestamptz(3)    -- a process is at work on it until then
);

grant select, insert, update, delete on embedding_progress to recollect_app;
alter table embedding_progress enable row level security;
create policy own_rows on embedding_progress
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
