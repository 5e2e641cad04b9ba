-- The same rows for the plain service, in the tables that its entities have made.
insert into plain.sessions (
  id, user_id, scope, type, title, started_at, ended_at, end_reason, last_activity_at, idle_timeout_seconds, metadata,
  interaction_count, user_message_count, assistant_message_count, created_at, updated_at
)
select
  id, user_id, scope, type::text, title, started_at, ended_at, end_reason::text, last_activity_at, idle_timeout_seconds,
  metadata, interaction_count, user_message_count, assistant_message_count, created_at, updated_at
from public.sessions order by ctid;

insert into plain.interactions (
  id, user_id, session_id, status, modality, question, answer, steps, error, metadata, question_tokens, answer_tokens,
  rating, occurred_at, created_at
)
select
  id, user_id, session_id, status::text, modality::text, question, answer, steps, error, metadata, question_tokens,
  answer_tokens, rating, occurred_at, created_at
from public.interactions order by ctid;
