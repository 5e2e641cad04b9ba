-- What is known of a user: short statements, each with where it comes from.

alter type change_kind add value if not exists 'FACTS_LEARNT';
alter type change_kind add value if not exists 'FACT_ADDED';
alter type change_kind add value if not exists 'FACT_CORRECTED';
alter type change_kind add value if not exists 'FACT_PINNED';
alter type change_kind add value if not exists 'FACT_FORGOTTEN';

create type fact_category as enum (
  'INTEREST', 'TRAIT', 'COMMUNICATION_STYLE', 'MOOD_PATTERN', 'GOAL', 'VALUE', 'PREFERENCE', 'DISLIKE', 'RELATIONSHIP',
  'IMPORTANT_PERSON', 'OCCUPATION', 'LOCATION', 'LIFE_EVENT', 'CHALLENGE', 'MILESTONE', 'RECURRING_THEME'
);
create type fact_origin as enum ('LEARNT', 'ADDED', 'CORRECTED');

-- `key` is the statement's telling words in one form: the same statement said in other words has the same one. Of facts
-- with one `slot` ("location") only the newest is in force; the others say what was so before, and are superseded by it.
create table facts (
  user_id uuid not null constraint facts_user_fkey references users on delete cascade,
  id uuid not null,
  category fact_category not null,
  text text not null,
  key text not null,
  slot text,
  origin fact_origin not null,
  produced_by text,
  confidence real not null,
  pinned boolean not null default false,
  superseded_by uuid,
  first_seen_at timestamptz(3) not null,
  last_seen_at timestamptz(3) not null,
  primary key (user_id, id),
  constraint facts_statement_key unique (user_id, category, key),
  constraint facts_superseded_fkey foreign key (user_id, superseded_by) references facts
    on delete set null (superseded_by)
);
create index facts_superseded_idx on facts (user_id, superseded_by);

-- The turns a fact was learnt from, and how sure each of them makes it.
create table fact_sources (
  user_id uuid not null,
  fact_id uuid not null,
  interaction_id uuid not null,
  certainty real not null,
  said_at timestamptz(3) not null,
  primary key (user_id, fact_id, interaction_id),
  constraint fact_sources_fact_fkey foreign key (user_id, fact_id) references facts on delete cascade,
  constraint fact_sources_interaction_fkey foreign key (user_id, interaction_id)
    references interactions on delete cascade
);
create index fact_sources_interaction_idx on fact_sources (user_id, interaction_id);

-- What is to stay forgotten, without a word of it: keyed digests of the telling words.
create table forgotten_facts (
  user_id uuid not null constraint forgotten_facts_user_fkey references users on delete cascade,
  category fact_category not null,
  digests bytea[] not null,
  forgotten_at timestamptz(3) not null default now(),
  primary key (user_id, category, digests)
);

-- How far background work has come: up to which interaction it has learnt, and at which revision there was nothing else
-- to do. Apart from the revision, so that it costs a recording nothing.
create table learning_progress (
  user_id uuid primary key constraint learning_progress_user_fkey references users on delete cascade,
  learnt_to bigint not null default 0,
  checked_at bigint not null default 0
);

-- How well the user was known when a session had ended.
create table understanding_levels (
  user_id uuid not null,
  session_id uuid not null,
  level smallint not null,
  reached_at timestamptz(3) not null,
  primary key (user_id, session_id),
  constraint understanding_levels_session_fkey foreign key (user_id, session_id) references sessions on delete cascade
);

grant select, insert, update, delete
  on facts, fact_sources, forgotten_facts, learning_progress, understanding_levels to recollect_app;
do $$
declare
  protected text;
begin
  foreach protected in array
    array['facts', 'fact_sources', 'forgotten_facts', 'learning_progress', 'understanding_levels']
  loop
    execute format('alter table %I enable row level security', protected);
    execute format(
      'create policy own_rows on %I using (coalesce(user_id::text = current_setting(%L, true), false))',
      protected, 'recollect.user_id');
  end loop;
end $$;
