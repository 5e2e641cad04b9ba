-- Turns in a user's log that somebody else wrote: a collaborator, or whoever shared the session that was continued here,
-- of whom the user is told nothing (`author_id` is null, as it is of an author who is gone). Nothing is learnt of the user
-- from them.
create table interaction_authors (
  user_id uuid not null,
  interaction_id uuid not null,
  author_id uuid constraint interaction_authors_author_fkey references users on delete set null,
  primary key (user_id, interaction_id),
  constraint interaction_authors_interaction_fkey foreign key (user_id, interaction_id)
    references interactions on delete cascade
);
create index interaction_authors_author_idx on interaction_authors (author_id) where author_id is not null;

grant select, insert, update, delete on interaction_authors to recollect_app;
alter table interaction_authors enable row level security;
create policy own_rows on interaction_authors
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
