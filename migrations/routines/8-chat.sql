-- Answers that this service writes itself. A run writes one: it holds a lease, which it renews as long as its process
-- lives, and nobody but the holder may write. Whoever takes the lease (to cancel, or because it has expired) finishes the
-- answer with what there is of it, and the run before finds itself refused.
--
-- Of the versions of an answer one stands: its interaction holds it, and its row has no status. It is the newest, unless
-- that one failed: what is not whole never takes the place of what is.

create function lease_of(c jsonb) returns timestamptz language sql volatile as $$
  select clock_timestamp() + make_interval(secs => (c ->> 'leaseSeconds')::integer)
$$;

create function begin_answer(owner uuid, interaction uuid, number integer, c jsonb)
returns void language sql as $$
  insert into answers (user_id, interaction_id, version, run_id, lease_until, model, started_at)
  values (owner, interaction, number, uuid_of(c, 'runId'), lease_of(c), c ->> 'model', clock_timestamp())
$$;

-- Nobody writes the answer any more.
create function close_answer(owner uuid, interaction uuid) returns void language plpgsql as $$
begin
  update answers set run_id = null, lease_until = null
  where user_id = owner and interaction_id = interaction and run_id is not null;
  delete from answer_pieces where user_id = owner and interaction_id = interaction;
end $$;

-- A question, and who answers it. A retry changes nothing, and its run may not begin.
create function send_message(owner uuid, c jsonb, defaults jsonb, r bigint) returns command_result language plpgsql as $$
declare
  result command_result := record_interaction(owner, c, defaults, r);
begin
  if result.error_code is null and result.revision > r then
    perform begin_answer(owner, result.interaction_id, 1, c);
  end if;
  return result;
end $$;

-- Begins another answer, and keeps the one there is. One that is being written is left alone.
create function regenerate_answer(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i interactions;
  reopened interactions;
  number integer;
begin
  i := interaction_to_change(owner, uuid_of(c, 'id'));
  if i.id is null then return refuse(r, 'NOT_FOUND', 'Interaction'); end if;
  if i.question is null then return refuse(r, 'CONFLICT', 'There is no question to answer.'); end if;
  if i.status = 'PENDING' then
    if exists (
      select from answers a where a.user_id = owner and a.interaction_id = i.id and a.run_id is not null
    ) then
      return done(r, i.session_id, i.id);
    end if;
    return refuse(r, 'CONFLICT', 'Its answer is awaited from the client that opened it.');
  end if;
  select coalesce(max(a.version), 0) into number from answers a where a.user_id = owner and a.interaction_id = i.id;
  if number >= (c ->> 'mostVersions')::integer then
    return refuse(r, 'CONFLICT', format('It has %s answers already.', number));
  end if;
  if number = 0 then
    number := 1;
    insert into answers (user_id, interaction_id, version) values (owner, i.id, number);
  end if;
  perform close_answer(owner, i.id);
  update answers
  set status = i.status, answer = i.answer, answer_tokens = i.answer_tokens, error = i.error, error_code = i.error_code,
      context_used = i.context_used, rating = i.rating, rating_comment = i.rating_comment, completed_at = i.completed_at
  where user_id = owner and interaction_id = i.id and answers.status is null;
  perform begin_answer(owner, i.id, number + 1, c);
  update interactions
  set status = 'PENDING', answer = null, answer_tokens = 0, answer_id = null, error = null, error_code = null,
      context_used = null, rating = null, rating_comment = null, completed_at = null, finish_fingerprint = null,
      revision = r + 1
  where user_id = owner and id = i.id
  returning * into reopened;
  return account(reopened, difference(tally_of(reopened), tally_of(i)), 'INTERACTION_OPENED', moment(c), r);
end $$;

-- A piece more, if there is a text, and a sign of life.
create function extend_answer(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  number integer;
begin
  update answers a
  set lease_until = lease_of(c),
      first_token_at = case when c ? 'text' then coalesce(a.first_token_at, clock_timestamp()) else a.first_token_at end
  where a.user_id = owner and a.interaction_id = uuid_of(c, 'id') and a.run_id = uuid_of(c, 'runId')
    and exists (select from interactions i where i.user_id = owner and i.id = a.interaction_id and i.status = 'PENDING')
  returning a.version into number;
  if not found then return refuse(r, 'CONFLICT', 'The answer is not written by this run any more.'); end if;
  if c ? 'text' then
    insert into answer_pieces (user_id, interaction_id, version, start, text)
    values (owner, uuid_of(c, 'id'), number, (c ->> 'start')::integer, c ->> 'text')
    on conflict do nothing; -- it was stored, and its acknowledgement was lost
  end if;
  return done(r, null, null);
end $$;

-- From now on the run of the command writes the answer; with `expired` only if the run before shows no sign of life.
create function take_answer(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i interactions;
begin
  select x.* into i from interactions x where x.user_id = owner and x.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Interaction'); end if;
  update answers a set run_id = uuid_of(c, 'runId'), lease_until = lease_of(c)
  where a.user_id = owner and a.interaction_id = i.id and a.run_id is not null
    and (a.lease_until < clock_timestamp() or not coalesce((c ->> 'expired')::boolean, false));
  if not found then return refuse(r, 'CONFLICT', 'Its answer is not being written.'); end if;
  return done(r, i.session_id, i.id);
end $$;

-- Gives an interaction an earlier answer back.
create function restore_answer(i interactions, number integer, r bigint) returns command_result language plpgsql as $$
declare
  earlier answers;
  restored interactions;
begin
  select a.* into earlier from answers a
  where a.user_id = i.user_id and a.interaction_id = i.id and a.version = number;
  update answers a
  set status = null, answer = null, answer_tokens = 0, context_used = null, rating = null, rating_comment = null,
      completed_at = null
  where a.user_id = i.user_id and a.interaction_id = i.id and a.version = number;
  update interactions x
  set status = earlier.status, answer = earlier.answer, answer_tokens = earlier.answer_tokens,
      context_used = earlier.context_used, rating = earlier.rating, rating_comment = earlier.rating_comment,
      completed_at = earlier.completed_at, revision = r + 1
  where x.user_id = i.user_id and x.id = i.id
  returning * into restored;
  return account(restored, difference(tally_of(restored), tally_of(i)), 'INTERACTION_COMPLETED', null, r);
end $$;

-- The turns that an answer quotes if memory alone has made it: each quotation ends with the id of its turn, below an empty
-- line. What is quoted has none, as its lines begin with a space.
create function quoted_in(answer text, model text) returns uuid[] language sql immutable as $$
  select array(
    select found[1]::uuid
    from regexp_matches(answer, '^>\n> \([^\n]*; ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)$', 'gn') found
    where model = 'recall')
$$;

-- Such an answer, and its tokens, when something that it quotes is deleted: the copy was made here, and goes as well.
create function withdrawn(answer text) returns text language sql immutable as $$
  select split_part(answer, ' I remember:', 1) || ' What I remembered has been deleted.'
$$;
create function withdrawn_tokens() returns integer language sql immutable as 'select 28';

-- Withdraws what quotes a turn, or those of a session, which are deleted by whoever calls this.
create function withdraw_quotes(owner uuid, session uuid, turn uuid, r bigint) returns bigint language plpgsql as $$
declare
  gone uuid[];
  quoting uuid;
  i interactions;
  amended interactions;
  stands boolean;
begin
  if not exists (select from answers a where a.user_id = owner and a.quoted <> '{}') then return r; end if;
  gone := case when session is null then array[turn]
    else array(select x.id from interactions x where x.user_id = owner and x.session_id = session) end;
  for quoting in
    select x.id from interactions x
    where x.user_id = owner and x.id <> all(gone) and x.id in (
      select a.interaction_id from answers a where a.user_id = owner and a.quoted <> '{}' and a.quoted && gone)
    order by x.sequence
  loop
    i := interaction_to_change(owner, quoting);
    stands := exists (
      select from answers a
      where a.user_id = owner and a.interaction_id = i.id and a.status is null and a.quoted && gone);
    update answers a
    set quoted = '{}', answer = withdrawn(a.answer),
        answer_tokens = case when a.status is null then 0 else withdrawn_tokens() end
    where a.user_id = owner and a.interaction_id = i.id and a.quoted && gone;
    update interactions x
    set answer = case when stands then withdrawn(x.answer) else x.answer end,
        answer_tokens = case when stands then withdrawn_tokens() else x.answer_tokens end, revision = r + 1
    where x.user_id = owner and x.id = i.id
    returning * into amended;
    r := (account(amended, difference(tally_of(amended), tally_of(i)), 'INTERACTION_UPDATED', null, r)).revision;
    perform count_forgotten('recollect.rebuilt.answers', 1);
  end loop;
  return r;
end $$;

-- The run's last word. What the client has completed or failed meanwhile stays as it is.
create function finish_answer(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  i interactions;
  number integer;
  writer text;
  quoting uuid[];
  earlier integer;
  state interaction_status := (c ->> 'status')::interaction_status;
begin
  select x.* into i from interactions x where x.user_id = owner and x.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Interaction'); end if;
  update answers a
  set finish_reason = c ->> 'finishReason',
      first_token_at = case when c ? 'answer' then coalesce(a.first_token_at, clock_timestamp()) end
  where a.user_id = owner and a.interaction_id = i.id and a.run_id = uuid_of(c, 'runId')
  returning a.version, a.model into number, writer;
  if not found then return refuse(r, 'CONFLICT', 'The answer is not written by this run any more.'); end if;
  perform close_answer(owner, i.id);
  if i.status <> 'PENDING' then return done(r, i.session_id, i.id); end if;
  quoting := quoted_in(c ->> 'answer', writer);
  if exists (
    select from unnest(quoting) turn where not exists (select from interactions x where x.user_id = owner and x.id = turn)
  ) then
    c := c || jsonb_build_object('answer', withdrawn(c ->> 'answer'), 'answerTokens', withdrawn_tokens());
  elsif quoting <> '{}' then
    update answers a set quoted = quoting where a.user_id = owner and a.interaction_id = i.id and a.version = number;
  end if;
  if state = 'FAILED' then
    select max(a.version) into earlier from answers a
    where a.user_id = owner and a.interaction_id = i.id and a.status = 'COMPLETED';
    if earlier is not null then
      update answers a
      set status = state, answer = c ->> 'answer', answer_tokens = coalesce((c ->> 'answerTokens')::integer, 0),
          error = c ->> 'error', error_code = c ->> 'errorCode', context_used = c -> 'contextUsed',
          completed_at = moment(c)
      where a.user_id = owner and a.interaction_id = i.id and a.version = number;
      return restore_answer(i, earlier, r);
    end if;
  end if;
  return amend(i, c, state, finishing_kind(state), r);
end $$;

create function abandoned_answers(page integer) returns table (user_id uuid, interaction_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.user_id, a.interaction_id from answers a
  where a.run_id is not null and a.lease_until < clock_timestamp() limit page
$$;
revoke execute on function abandoned_answers from public;
