-- 1,000 users with 20 sessions of 25 interactions, the last session active, and one user with 1,100 short sessions.
-- Revisions, sequences, counters and the log of changes are what apply_commands() would have left. The token limit is
-- such that a session is summarised for what is recorded in it, not for what it was seeded with.

create function bench_user(n integer) returns uuid language sql immutable as $$
  select ('01930000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
$$;

insert into users (id, email, password_hash, created_at)
select bench_user(n), 'person' || n || '@example.org', 'none', now() - interval '30 days'
from generate_series(1, 1001) n;

create temp table texts (n integer primary key, text text);
insert into texts
select n, left(string_agg(words[1 + floor(random() * array_length(words, 1))::integer], ' '), 200 + n % 201)
from generate_series(0, 511) n, generate_series(1, 90), (select string_to_array(
  'the a of to and in that it is was for on you with as have but be they at not this which by from one all were we '
  'when your can said there use each she how their will other about out many then them these some her would make '
  'like him into time has look two more write go see number way could people first been call who its now find long '
  'morning coffee garden guitar travel budget meeting recipe doctor weekend birthday project deadline mountain '
  'because remember usually probably something together different question yesterday favourite restaurant', ' '
) as words) vocabulary
group by n;

-- One row per session: `first` is the revision at which it started, `size` its interactions.
create temp table plan as
select bench_user(u) as user_id, u, s, started_at, uuidv7(started_at - now()) as id, 25 as size,
  (s - 1) * 27 + 1 as first, s = 20 as active
from generate_series(1, 1000) u, generate_series(1, 20) s,
  lateral (select now() - interval '10 minutes' - (20 - s) * interval '6 hours' - u * interval '1 second' * (s < 20)::integer
    as started_at) t
union all
select bench_user(1001), 1001, s, started_at, uuidv7(started_at - now()), 1, (s - 1) * 3 + 1, s = 1100
from generate_series(1, 1100) s,
  lateral (select now() - interval '10 minutes' - (1100 - s) * interval '20 minutes' as started_at) t;

create temp table turns as
select p.user_id, p.u, p.s, p.id as session_id, p.first + i as sequence, i, p.started_at + i * interval '24 seconds' as at,
  uuidv7(p.started_at + i * interval '24 seconds' - now()) as id,
  (p.u * 31 + p.s * 7 + i) % 512 as asked, (p.u * 17 + p.s * 5 + i * 3) % 512 as answered
from plan p, generate_series(1, p.size) i;

insert into sessions (
  user_id, id, type, title, started_at, period_started_at, last_activity_at, ended_at, end_reason, idle_timeout_seconds,
  token_limit, interaction_count, user_message_count, assistant_message_count, input_tokens, output_tokens,
  revision, created_at, updated_at
)
select p.user_id, p.id, 'TEXT_CHAT', 'Conversation ' || p.s, p.started_at, p.started_at, p.last, case when not p.active then p.last end,
  case when not p.active then 'IDLE_TIMEOUT' end::end_reason, 900, 8000, p.size, p.size, p.size, t.input, t.output,
  p.first + p.size + (not p.active)::integer, p.started_at, p.last
from (select *, started_at + size * interval '24 seconds' as last from plan) p
join (
  select session_id, sum(length(q.text) / 5) as input, sum(length(a.text) / 5) as output
  from turns join texts q on q.n = asked join texts a on a.n = answered group by session_id
) t on t.session_id = p.id
order by p.s, p.u;

-- In the order in which fifty users who chat at a time would have written them.
insert into interactions (
  user_id, id, session_id, sequence, revision, status, modality, question, answer, question_tokens, answer_tokens,
  occurred_at, created_at, completed_at
)
select t.user_id, t.id, t.session_id, t.sequence, t.sequence, 'COMPLETED', 'TEXT', q.text, a.text,
  length(q.text) / 5, length(a.text) / 5, t.at, t.at, t.at
from turns t join texts q on q.n = t.asked join texts a on a.n = t.answered
order by t.s, t.u / 50, t.i, t.u;

insert into changes (user_id, revision, kind, session_id, interaction_id, at)
select user_id, first, 'SESSION_STARTED'::change_kind, id, null, started_at from plan
union all
select user_id, sequence, 'INTERACTION_RECORDED', session_id, id, at from turns
union all
select user_id, first + size + 1, 'SESSION_ENDED', id, null, started_at + size * interval '24 seconds' from plan where not active;

insert into revisions (user_id, value) select user_id, max(revision) from changes group by user_id;
