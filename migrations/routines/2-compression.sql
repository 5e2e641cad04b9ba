-- Old interactions keep their rows, but what they say moves together with that of their neighbours into one value, which
-- takes less. It is no change of the user's data: no revision, no trigger of what is derived from it takes notice.

-- Interactions with what they say, wherever that is: whoever reads it reads from here, and whoever asks for ids, places and
-- counts alone from the table. The value is taken apart once for each row, not for each column: hence `offset 0`.
create view whole_interactions with (security_invoker = true) as
select
  i.user_id, i.id, i.session_id, i.sequence, i.revision, i.status, i.modality,
  coalesce(t.texts ->> 'question', i.question) as question, coalesce(t.texts ->> 'answer', i.answer) as answer,
  coalesce(t.texts -> 'steps', i.steps) as steps, coalesce(t.texts ->> 'error', i.error) as error, i.error_code,
  coalesce(t.texts -> 'context_used', i.context_used) as context_used,
  coalesce(t.texts -> 'metadata', i.metadata) as metadata, i.question_tokens, i.answer_tokens, i.step_tokens, i.rating,
  i.rating_comment, i.occurred_at, i.created_at, i.completed_at, i.answer_id, i.fingerprint, i.finish_fingerprint,
  null::bigint as compressed_in
from interactions i
left join lateral (
  select c.texts -> i.sequence::text as texts from compressed_interactions c
  where i.compressed_in is not null and c.user_id = i.user_id and c.up_to = i.compressed_in offset 0
) t on true;
grant select on whole_interactions to recollect_app;

-- The same as a row of the table, for the functions that judge one.
create function as_interaction(i whole_interactions) returns interactions language sql immutable as $$
  select row(i.*)::interactions
$$;

-- An interaction, of which what it says is in its row from then on: whoever is to change it takes it from here. Nulls when
-- there is none.
create function interaction_to_change(owner uuid, wanted uuid) returns interactions language plpgsql as $$
declare
  i interactions;
  place bigint;
begin
  select x.* into i from interactions x where x.user_id = owner and x.id = wanted;
  place := i.compressed_in;
  if place is null then return i; end if;
  update interactions x
  set question = w.question, answer = w.answer, steps = w.steps, error = w.error, context_used = w.context_used,
      metadata = w.metadata, compressed_in = null
  from whole_interactions w
  where x.user_id = owner and x.id = wanted and w.user_id = owner and w.id = wanted
  returning x.* into i;
  perform drop_texts(owner, place, array[i.sequence]);
  return i;
end $$;

create function drop_texts(owner uuid, place bigint, sequences bigint[]) returns void language plpgsql as $$
declare
  rest jsonb := (
    select c.texts - sequences::text[] from compressed_interactions c where c.user_id = owner and c.up_to = place);
begin
  if rest = '{}' then
    delete from compressed_interactions c where c.user_id = owner and c.up_to = place;
  else
    update compressed_interactions c set texts = rest where c.user_id = owner and c.up_to = place;
  end if;
end $$;

-- Nothing forgotten stays.
create function drop_texts_of_deleted() returns trigger language plpgsql as $$
begin
  perform drop_texts(d.user_id, d.compressed_in, array_agg(d.sequence)) from deleted d
  where d.compressed_in is not null group by d.user_id, d.compressed_in;
  return null;
end $$;

create trigger interactions_deleted_leave_no_texts after delete on interactions
  referencing old table as deleted for each statement execute function drop_texts_of_deleted();

-- The places of the interactions that are to be compressed next, together: those that follow what was compressed last, all
-- from before a time, as many as make a value; none as long as they are too few. Left alone is what waits for an answer,
-- and what is so large that PostgreSQL compresses it well by itself, while its neighbours would pay for it at each read.
create function next_to_compress(owner uuid, before timestamptz) returns bigint[] language plpgsql stable as $$
declare
  next record;
  places bigint[] := '{}';
  bytes bigint := 0;
begin
  for next in
    select s.* from (
      select i.sequence, i.created_at,
        coalesce(pg_column_size(i.question), 0) + coalesce(pg_column_size(i.answer), 0) + pg_column_size(i.steps)
        + coalesce(pg_column_size(i.error), 0) + coalesce(pg_column_size(i.context_used), 0)
        + pg_column_size(i.metadata) as bytes
      from interactions i
      where i.user_id = owner and i.status <> 'PENDING' and i.compressed_in is null
        and i.sequence > (select coalesce(max(c.up_to), 0) from compressed_interactions c where c.user_id = owner)
    ) s
    where s.bytes <= 8192 order by s.sequence limit 64
  loop
    exit when next.created_at >= before;
    places := places || next.sequence;
    bytes := bytes + next.bytes;
    if bytes >= 16384 or cardinality(places) = 64 then return places; end if;
  end loop;
  return '{}';
end $$;

-- The users after one, and of whom there is something to compress: a page of those that there are, not of those it finds,
-- as looking takes 0.1 ms for each.
create function users_to_compress(before timestamptz, after_user uuid, page integer)
returns table (user_id uuid, is_due boolean) language sql stable as $$
  select v.user_id, next_to_compress(v.user_id, before) <> '{}' from (
    select r.user_id from revisions r where r.user_id > after_user order by 1 limit page
  ) v
$$;

-- Compresses a user's interactions at some places together.
create function compress_together(owner uuid, places bigint[]) returns void language plpgsql as $$
begin
  insert into compressed_interactions (user_id, up_to, texts)
  select owner, max(i.sequence), jsonb_object_agg(i.sequence, (
    select coalesce(jsonb_object_agg(t.name, t.value), '{}') from (values
      ('question', to_jsonb(i.question)), ('answer', to_jsonb(i.answer)), ('error', to_jsonb(i.error)),
      ('context_used', i.context_used), ('steps', nullif(i.steps, '[]')), ('metadata', nullif(i.metadata, '{}'))
    ) t (name, value) where t.value is not null))
  from interactions i where i.user_id = owner and i.sequence = any(places);
  update interactions i
  set question = null, answer = null, error = null, context_used = null, steps = '[]', metadata = '{}',
      compressed_in = (select max(p) from unnest(places) p)
  where i.user_id = owner and i.sequence = any(places);
end $$;

-- Compresses the oldest of a user's interactions from before a time, as far as `most` values hold them; returns how many.
create function compress_interactions(owner uuid, before timestamptz, most integer) returns integer language plpgsql as $$
declare
  places bigint[];
  compressed integer := 0;
begin
  perform from revisions v where v.user_id = owner for update;
  for value in 1 .. most loop
    places := next_to_compress(owner, before);
    exit when places = '{}';
    perform compress_together(owner, places);
    compressed := compressed + cardinality(places);
  end loop;
  return compressed;
end $$;

-- They see rows of everyone.
revoke execute on function next_to_compress, users_to_compress, compress_together, compress_interactions from public;
