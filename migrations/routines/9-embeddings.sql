-- Embeddings of what was said, where pgvector is. The functions exist everywhere: plpgsql looks at what their statements
-- name when it runs them.

-- Makes what embeddings are kept in, as the owner of the tables, and tells READY, or what is in the way.
create function enable_embeddings() returns text language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7263526558);
  if to_regtype('halfvec') is null then
    begin
      create extension if not exists vector;
    exception
      when insufficient_privilege then return 'NOT_PERMITTED';
      when undefined_file or feature_not_supported then return 'NOT_INSTALLED';
    end;
    if to_regtype('halfvec') is null then return 'TOO_OLD'; end if;
  end if;
  if to_regclass('interaction_embeddings') is null then
    create table interaction_embeddings (
      user_id uuid not null,
      interaction_id uuid not null,
      side smallint not null,        -- the question (0) or the answer (1)
      model text not null,
      dimensions smallint,
      embedding halfvec,             -- of length 1; null when the model refused the text, or there was none
      primary key (user_id, interaction_id, side),
      constraint interaction_embeddings_interaction_fkey foreign key (user_id, interaction_id)
        references interactions on delete cascade
    );
    -- A search reads all of a user's: in the row itself they need not be fetched one by one.
    alter table interaction_embeddings alter embedding set storage plain;
    grant select, insert, update, delete on interaction_embeddings to recollect_app;
    alter table interaction_embeddings enable row level security;
    create policy own_rows on interaction_embeddings
      using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
    perform count_embeddings();
  end if;
  return 'READY';
end $$;

-- The newest turns without an embedding of the model, of all turns or (`since`) of those changed after a revision. A turn
-- whose answer is still to come waits for it.
create function turns_to_embed(owner uuid, model_name text, since bigint, characters integer, most integer)
returns table (id uuid, revision bigint, question text, answer text, speakers jsonb) language plpgsql as $$
begin
  perform as_user(owner);
  return query
  select i.id, i.revision, left(i.question, characters), left(i.answer, characters), i.metadata -> 'speakers'
  from whole_interactions i
  where i.user_id = owner and i.status <> 'PENDING'
    and (since = 0 or i.id in (
      select c.interaction_id from changes c where c.user_id = owner and c.revision > since))
    and not exists (
      select from interaction_embeddings e
      where e.user_id = owner and e.interaction_id = i.id and e.model = model_name)
  order by i.sequence desc limit most;
end $$;

-- Stores embeddings of turns that still are as they were read (`as_of`, their revisions). The user's lock keeps them so:
-- otherwise a change that commits between reading and storing would leave the embedding of a text that is gone.
create function store_embeddings(
  owner uuid, model_name text, ids uuid[], as_of bigint[], sides smallint[], vectors text[]
) returns void language plpgsql as $$
begin
  perform as_user(owner);
  perform from revisions r where r.user_id = owner for update;
  delete from interaction_embeddings e where e.user_id = owner and e.interaction_id = any(ids);
  insert into interaction_embeddings (user_id, interaction_id, side, model, dimensions, embedding)
  select owner, n.id, n.side, model_name, vector_dims(n.vector::halfvec), n.vector::halfvec
  from unnest(ids, as_of, sides, vectors) n (id, revision, side, vector)
  join interactions i on i.user_id = owner and i.id = n.id and i.revision = n.revision;
end $$;

-- The utterances nearest in meaning to a vector of length 1, nearest first, of at least a cosine; of the sessions and
-- sides that are given. It looks at every embedding of the user.
create function nearest_utterances(
  owner uuid, model_name text, vector text, dims integer, most integer, in_sessions uuid[], of_sides smallint[],
  floor real
) returns table (sequence bigint, side smallint) language plpgsql as $$
begin
  perform as_user(owner);
  return query
  with asked as materialized (select vector::halfvec as value),
  nearest as (
    select e.interaction_id, e.side, e.embedding <#> asked.value as distance
    from interaction_embeddings e, asked
    where e.user_id = owner and e.model = model_name and e.dimensions = dims
      and (of_sides is null or e.side = any(of_sides))
      and (in_sessions is null or e.interaction_id in (
        select i.id from interactions i where i.user_id = owner and i.session_id = any(in_sessions)))
    order by distance limit most
  )
  select i.sequence, n.side
  from nearest n join interactions i on i.user_id = owner and i.id = n.interaction_id
  where n.distance <= -nearest_utterances.floor
  order by n.distance, i.sequence desc, n.side;
end $$;
