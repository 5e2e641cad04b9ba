create type usage_kind as enum ('CHAT', 'SUMMARY', 'EXTRACTION', 'EMBEDDING');

-- One row for each call of a model. Tokens stay spent when what they were spent on is deleted: only the reference goes.
create table token_usage (
  user_id uuid not null constraint token_usage_user_fkey references users on delete cascade,
  id uuid not null,
  at timestamptz(3) not null default now(),
  kind usage_kind not null,
  model text not null,
  prompt_tokens integer not null,
  answer_tokens integer not null,
  session_id uuid,
  interaction_id uuid,
  primary key (user_id, id),
  constraint token_usage_session_fkey foreign key (user_id, session_id)
    references sessions on delete set null (session_id),
  constraint token_usage_interaction_fkey foreign key (user_id, interaction_id)
    references interactions on delete set null (interaction_id)
);
create index token_usage_at_idx on token_usage (user_id, at);
create index token_usage_session_idx on token_usage (user_id, session_id) where session_id is not null;
create index token_usage_interaction_idx on token_usage (user_id, interaction_id) where interaction_id is not null;

grant select, insert, update, delete on token_usage to recollect_app;
alter table token_usage enable row level security;
create policy own_rows on token_usage
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
