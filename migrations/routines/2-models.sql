-- What a client sees of a row, named as the GraphQL models name it: the one place that maps columns to fields.
create view session_model with (security_invoker = true) as
select
  user_id as "userId", id, project_id as "projectId", scope, privacy, type, channel,
  external_user_id as "externalUserId", external_chat_id as "externalChatId",
  title, tags, pinned, started_at as "startedAt", ended_at as "endedAt", end_reason as "endReason",
  last_activity_at as "lastActivityAt", expires_at as "expiresAt", idle_timeout_seconds as "idleTimeoutSeconds",
  ended_at is null as active,
  (prior_active_ms + extract(epoch from coalesce(ended_at, last_activity_at) - period_started_at) * 1000)::float8
    / 1000 as "durationSeconds",
  context_summary as "contextSummary", session_context as "sessionContext", snapshot_at_start as "snapshotAtStart",
  state, state_version as "stateVersion", metadata, token_limit as "tokenLimit",
  interaction_count as "interactionCount", user_message_count as "userMessageCount",
  assistant_message_count as "assistantMessageCount", system_message_count as "systemMessageCount",
  tool_message_count as "toolMessageCount", tool_call_count as "toolCallCount", error_count as "errorCount",
  input_tokens as "inputTokens", output_tokens as "outputTokens", revision, archived_at as "archivedAt",
  case when title_from is not null then 'GENERATED' when title is not null or title_removed then 'USER' end
    as "titleSource",
  parent_session_id as "parentSessionId",
  case when fork_sequence is not null then
    (select i.id from interactions i where i.user_id = sessions.user_id and i.sequence = fork_sequence)
  end as "forkPointId"
from sessions;

create view interaction_model with (security_invoker = true) as
select
  user_id as "userId", id, session_id as "sessionId", sequence, revision, status, modality, question, answer, steps,
  error, error_code as "errorCode", context_used as "contextUsed", metadata,
  question_tokens as "questionTokens", answer_tokens as "answerTokens", step_tokens as "stepTokens",
  rating, rating_comment as "ratingComment",
  occurred_at as "occurredAt", created_at as "createdAt", completed_at as "completedAt", answer_id as "answerId"
from whole_interactions;

-- The same for lists: what is large is left out, and `large` says so.
create view light_interaction_model with (security_invoker = true) as
select
  "userId", id, "sessionId", sequence, revision, status, modality,
  case when octet_length(question) <= 65536 then question end as question,
  case when octet_length(answer) <= 65536 then answer end as answer,
  case when pg_column_size(steps) <= 65536 then steps end as steps, error, "errorCode",
  case when pg_column_size("contextUsed") <= 65536 then "contextUsed" end as "contextUsed",
  case when pg_column_size(metadata) <= 65536 then metadata end as metadata,
  "questionTokens", "answerTokens", "stepTokens", rating, "ratingComment",
  "occurredAt", "createdAt", "completedAt", "answerId",
  greatest(
    octet_length(question), octet_length(answer),
    pg_column_size(steps), pg_column_size("contextUsed"), pg_column_size(metadata)) > 65536 as large
from interaction_model;

grant select on session_model, interaction_model, light_interaction_model to recollect_app;
