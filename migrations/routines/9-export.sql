-- What an export holds beside what clients see of a row. Revisions and places in the log count in one database only, so
-- what refers to a place names the interaction that is there.

-- The last interaction that a generated description takes in.
create function last_described(s sessions, until bigint) returns uuid language sql stable as $$
  select i.id from interactions i
  where i.user_id = s.user_id and i.session_id = s.id and i.sequence <= until order by i.sequence desc limit 1
$$;

-- Without `first` and `last` its interactions have been cleared. Those of a fork's may be its ancestors'.
create view exported_summary with (security_invoker = true) as
select
  s.user_id as "userId", s.session_id as "sessionId", s.from_sequence as "firstSequence",
  s.id, s.level, s.text, s.tokens, s.produced_by as "producedBy", s.prompt_hash as "promptHash", s.pinned,
  s.superseded_by as "supersededBy", s.reverted_at as "revertedAt", s.created_at as "createdAt",
  covered.ids[1] as "firstInteractionId", covered.ids[cardinality(covered.ids)] as "lastInteractionId",
  cardinality(covered.ids) as "interactionCount"
from summaries s
cross join lateral (
  select array(
    select i.id from session_parts p
    join interactions i on i.user_id = p.user_id and i.session_id = p.part_id and i.sequence <= p.up_to
    where p.user_id = s.user_id and p.session_id = s.session_id
      and i.sequence between s.from_sequence and s.to_sequence
    order by i.sequence) as ids
) covered;

-- Of which sessions a fork has turns, and up to where: up to an interaction or, where none is left of a session that was
-- cleared, up to a summary. In an order that does not depend on places.
create function inherited(s sessions) returns json language sql stable as $$
  select coalesce(json_agg(json_build_object(
    'sessionId', a.ancestor_id, 'lastInteractionId', said.id, 'lastSummaryId', told.id) order by a.ancestor_id), '[]')
  from session_ancestors a
  left join lateral (
    select i.id from interactions i
    where i.user_id = a.user_id and i.session_id = a.ancestor_id and i.sequence <= a.up_to
    order by i.sequence desc limit 1
  ) said on true
  left join lateral (
    select m.id from summaries m
    where said.id is null and m.user_id = a.user_id and m.session_id = a.ancestor_id and m.to_sequence <= a.up_to
    order by m.to_sequence desc, m.id limit 1
  ) told on true
  where a.user_id = s.user_id and a.session_id = s.id and (said.id is not null or told.id is not null)
$$;

create view exported_session with (security_invoker = true) as
select
  m.*, s.tree_id as "treeId", inherited(s) as inherited, s.lifetime_seconds as "lifetimeSeconds",
  last_described(s, s.context_summary_to) as "contextSummaryTo",
  last_described(s, s.session_context_to) as "sessionContextTo",
  u.level as "understandingLevel", u.reached_at as "understandingReachedAt",
  (select coalesce(json_agg(x order by x."firstSequence", x.level, x."createdAt", x.id), '[]')
   from exported_summary x where x."userId" = s.user_id and x."sessionId" = s.id) as summaries
from session_model m
join sessions s on s.user_id = m."userId" and s.id = m.id
left join understanding_levels u on u.user_id = s.user_id and u.session_id = s.id;

-- A receipt that came with an import says so, because the places in it are those of another log.
create function is_receipt(context_used jsonb) returns boolean language sql immutable as $$
  select coalesce(context_used ?& array['version', 'recalled', 'recent'], false)
$$;

create function without_mark(context_used jsonb) returns jsonb language sql immutable as $$
  select case when is_receipt(context_used) then context_used - 'imported' else context_used end
$$;

create view exported_answer with (security_invoker = true) as
select
  user_id as "userId", interaction_id as "interactionId", version, model, started_at as "startedAt",
  first_token_at as "firstTokenAt", finish_reason as "finishReason", status, answer, answer_tokens as "answerTokens",
  error, error_code as "errorCode", without_mark(context_used) as "contextUsed", rating,
  rating_comment as "ratingComment", completed_at as "completedAt"
from answers;

create view exported_interaction with (security_invoker = true) as
select
  m."userId", m.id, m."sessionId", m.sequence, m.status, m.modality, m.question, m.answer, m.steps, m.error, m."errorCode",
  without_mark(m."contextUsed") as "contextUsed", m.metadata, m."questionTokens", m."answerTokens", m."stepTokens",
  m.rating, m."ratingComment", m."occurredAt", m."createdAt", m."completedAt", m."answerId",
  (select json_agg(x order by x.version) from exported_answer x
   where x."userId" = m."userId" and x."interactionId" = m.id) as answers,
  (select json_build_object('userId', a.author_id) from interaction_authors a
   where a.user_id = m."userId" and a.interaction_id = m.id) as author
from interaction_model m;

-- Whoever takes the place of another comes before it.
create function exported_facts(owner uuid) returns table (
  id uuid, category fact_category, text text, slot text, origin fact_origin, "producedBy" text, confidence real,
  pinned boolean, "supersededBy" uuid, "firstSeenAt" timestamptz, "lastSeenAt" timestamptz, sources json
) language sql stable as $$
  with recursive chain as (
    select f.*, 0 as place from facts f where f.user_id = owner and f.superseded_by is null
    union all
    select f.*, c.place + 1 from chain c join facts f on f.user_id = owner and f.superseded_by = c.id
  )
  select c.id, c.category, c.text, c.slot, c.origin, c.produced_by, c.confidence, c.pinned, c.superseded_by,
    c.first_seen_at, c.last_seen_at, (
      select coalesce(json_agg(json_build_object(
        'interactionId', x.interaction_id, 'certainty', x.certainty, 'saidAt', x.said_at
      ) order by x.said_at, x.interaction_id), '[]')
      from fact_sources x where x.user_id = owner and x.fact_id = c.id)
  from chain c order by c.place, c.first_seen_at, c.id
$$;

grant select on exported_session, exported_summary, exported_interaction, exported_answer to recollect_app;

-- Nobody has signed in: the digest alone says whose export it is.
create function claim_export(ticket_digest bytea) returns table (user_id uuid, id uuid, request jsonb)
language sql volatile security definer set search_path = public, pg_temp as $$
  update exports e set digest = null, state = 'RUNNING', updated_at = now()
  where e.digest = ticket_digest and e.expires_at > now()
  returning e.user_id, e.id, e.request
$$;

revoke execute on function claim_export from public;
grant execute on function claim_export to recollect_app;

create function export_progress(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  update exports e
  set state = (c ->> 'state')::transfer_state, updated_at = clock_timestamp(), bytes = (c ->> 'bytes')::bigint,
      sessions_total = (c ->> 'sessionsTotal')::integer, sessions_done = (c ->> 'sessionsDone')::integer,
      interactions_total = (c ->> 'interactionsTotal')::bigint,
      interactions_done = (c ->> 'interactionsDone')::bigint
  where e.user_id = owner and e.id = uuid_of(c, 'id');
  return done(r, null, null);
end $$;
