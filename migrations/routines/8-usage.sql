-- A call of a model. What it was for may have been deleted while the model worked.
create function record_usage(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i interactions;
begin
  select x.* into i from interactions x where x.user_id = owner and x.id = uuid_of(c, 'interactionId');
  insert into token_usage (
    user_id, id, at, kind, model, prompt_tokens, answer_tokens, session_id, interaction_id
  ) values (
    owner, uuid_of(c, 'id'), clock_timestamp(), (c ->> 'usageKind')::usage_kind, c ->> 'model',
    (c ->> 'promptTokens')::integer, (c ->> 'answerTokens')::integer,
    (select s.id from sessions s where s.user_id = owner and s.id = coalesce(i.session_id, uuid_of(c, 'sessionId'))),
    i.id
  );
  return done(r, null, null);
end $$;
