import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';

/** What nothing has been learnt from yet, oldest first. */
export interface Unlearnt {
  revision: number;
  learntTo: number;
  turns: UnlearntTurn[];
}

interface UnlearntTurn {
  id: string;
  sequence: number;
  /** What the user said. */
  text: string;
  /** Who said it, where the client names speakers. */
  speaker: string | null;
  displayName: string | null;
}

/** Longer ones are read in part. */
const CHARACTERS = 4_000;

// A user at whose revision there was nothing to learn is passed over until the revision moves.
const due = statement<{ userId: string }>(
  'users_to_learn_from',
  `with candidates as (
     select r.user_id, r.value, coalesce(p.learnt_to, 0) as learnt_to, coalesce(p.checked_at, 0) as checked_at
     from revisions r left join learning_progress p on p.user_id = r.user_id
     where r.value > coalesce(p.checked_at, 0)
   ), judged as materialized (
     select c.user_id, c.value,
       (select count(*) from (
          select from interactions i where i.user_id = c.user_id and i.sequence > c.learnt_to limit $1) unlearnt) >= $1
       or exists (
         select from changes x join sessions s on s.user_id = x.user_id and s.id = x.session_id
         where x.user_id = c.user_id and x.revision > c.checked_at and s.ended_at is not null) as due
     from candidates c
   ), checked as (
     insert into learning_progress as p (user_id, checked_at) select user_id, value from judged where not due
     on conflict (user_id) do update set checked_at = greatest(p.checked_at, excluded.checked_at)
   )
   select user_id as "userId" from judged where due`,
);

const unlearnt = statement<
  Omit<Unlearnt, 'turns'> & { [Name in keyof UnlearntTurn]: UnlearntTurn[Name] | null }
>(
  'unlearnt_interactions',
  `select r.value as revision, coalesce(p.learnt_to, 0) as "learntTo", u.display_name as "displayName",
     i.id, i.sequence, case when a.user_id is null then left(i.question, ${CHARACTERS}) end as text, i.metadata #>> '{speakers,USER}' as speaker
   from revisions r
   join users u on u.id = r.user_id
   left join learning_progress p on p.user_id = r.user_id and p.user_id = (select as_user($1))
   left join lateral (
     select * from whole_interactions x
     where x.user_id = (select as_user($1)) and x.sequence > coalesce(p.learnt_to, 0) order by x.sequence limit $2
   ) i on true
   left join interaction_authors a
     on a.user_id = (select as_user($1)) and a.user_id = i.user_id and a.interaction_id = i.id
   where r.user_id = (select as_user($1)) order by i.sequence`,
);

// A theme comes from the turns that name it, so that it goes with them.
const themes = statement<{ topic: string; interactionId: string }>(
  'recurring_themes',
  `with described as (
     select s.id, s.session_context -> 'topics' as topics from sessions s
     where s.user_id = (select as_user($1)) and jsonb_typeof(s.session_context -> 'topics') = 'array'
     order by s.started_at desc limit 30
   ), named as (
     select lower(t.topic) as topic, d.id as session_id
     from described d, jsonb_array_elements_text(d.topics) t (topic)
     where length(t.topic) between 3 and 60 group by 1, 2
   ), sources as (
     select n.topic, n.session_id, i.id from named n
     cross join lateral (
       select x.id from whole_interactions x
       where x.user_id = (select as_user($1)) and x.session_id = n.session_id
         and position(n.topic in lower(x.question)) > 0
         and not exists (
           select from interaction_authors a
           where a.user_id = (select as_user($1)) and a.interaction_id = x.id)
       order by x.sequence limit 3
     ) i
     where n.topic in (select o.topic from named o group by o.topic having count(*) >= $2)
   )
   select topic, id as "interactionId" from sources
   where topic in (select o.topic from sources o group by o.topic having count(distinct o.session_id) >= $2)`,
);

@Injectable()
export class LearningRepository {
  constructor(private readonly database: Database) {}

  /** Users of whom so many interactions have not been learnt from, or a session has ended since it was last looked. */
  async due(interactions: number): Promise<string[]> {
    return (await this.database.ownerQuery(due, [interactions])).map(({ userId }) => userId);
  }

  /** Null when there is no such user. */
  async unlearnt(userId: string, limit: number): Promise<Unlearnt | null> {
    const rows = await this.database.query(unlearnt, [userId, limit]);
    const [first] = rows;
    if (!first) return null;
    const turns = rows.filter((row): row is typeof row & UnlearntTurn => row.id !== null);
    return { revision: first.revision, learntTo: first.learntTo, turns };
  }

  /** What at least so many of the newest sessions are about, each with the interactions that name it. */
  themes(userId: string, sessions: number): Promise<{ topic: string; interactionId: string }[]> {
    return this.database.query(themes, [userId, sessions]);
  }
}
