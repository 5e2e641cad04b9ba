-- The answers of an interaction, one after the other. The texts of the newest are the interaction's own; when another
-- takes its place they move here. While it is written `run_id` says by whom, and `lease_until` until when without a
-- sign of life. No index names the lease, so that renewing it is a heap-only update.
create table answers (
  user_id uuid not null,
  interaction_id uuid not null,
  version integer not null,
  run_id uuid,
  lease_until timestamptz,
  model text,
  started_at timestamptz(3),
  first_token_at timestamptz(3),
  finish_reason text,
  status interaction_status,
  answer text,
  answer_tokens integer not null default 0,
  error text,
  error_code text,
  context_used jsonb,
  rating smallint,
  rating_comment text,
  completed_at timestamptz(3),
  primary key (user_id, interaction_id, version),
  constraint answers_interaction_fkey foreign key (user_id, interaction_id)
    references interactions on delete cascade
) with (fillfactor = 80);
-- What is being written now, by anyone.
create index answers_open_idx on answers (user_id, interaction_id) where run_id is not null;

-- What there is of an answer while it is written; `start` is in UTF-16 units. All processes read it, to show it.
create table answer_pieces (
  user_id uuid not null,
  interaction_id uuid not null,
  version integer not null,
  start integer not null,
  text text not null,
  primary key (user_id, interaction_id, version, start),
  constraint answer_pieces_answer_fkey foreign key (user_id, interaction_id, version)
    references answers on delete cascade
);

do $$
declare
  protected text;
begin
  foreach protected in array array['answers', 'answer_pieces'] loop
    execute format('grant select, insert, update, delete on %I to recollect_app', protected);
    execute format('alter table %I enable row level security', protected);
    execute format(
      'create policy own_rows on %I using (coalesce(user_id::text = current_setting(%L, true), false))',
      protected, 'recollect.user_id');
  end loop;
end $$;
