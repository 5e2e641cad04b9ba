import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Interaction } from '../interactions/interaction.model.js';
import type { Fact, FactCategory } from './fact.model.js';
import type { ProfileTotals, UnderstandingLevel } from './profile.model.js';

const byIds = statement<Fact>(
  'facts_by_ids',
  `select * from fact_model where "userId" = (select as_user($1)) and id = any($2)`,
);

const byStatement = statement<Fact>(
  'fact_by_statement',
  `select m.* from fact_model m join facts f on f.user_id = m."userId" and f.id = m.id
   where m."userId" = (select as_user($1)) and f.user_id = (select as_user($1)) and f.category = $2 and f.key = $3`,
);

const inForce = statement<Fact>(
  'facts_in_force',
  `select * from (
     select m.*, row_number() over (
       partition by category order by pinned desc, round(confidence::numeric, 1) desc, "lastSeen" desc, id) as place
     from fact_model m where m."userId" = (select as_user($1)) and "supersededBy" is null
   ) ranked where place <= $2 order by place`,
);

const totals = statement<ProfileTotals>(
  'profile_totals',
  `select t.sessions as "totalSessions", t.messages as "totalMessages",
     understanding(t.sessions, t.messages, knowledge($1, 'infinity')) as "understandingLevel",
     (select s.id from sessions s where s.user_id = (select as_user($1)) order by s.started_at desc, s.id desc limit 1)
       as "lastSessionId",
     coalesce((
       select array(select jsonb_array_elements_text(s.session_context -> 'topics') limit 10) from sessions s
       where s.user_id = (select as_user($1)) and jsonb_typeof(s.session_context -> 'topics') = 'array'
       order by s.started_at desc, s.id desc limit 1), '{}') as "conversationTheme"
   from (
     select count(*) as sessions, coalesce(sum(user_message_count + assistant_message_count), 0)::bigint as messages
     from sessions where user_id = (select as_user($1)) and interaction_count > 0
   ) t`,
);

const levels = statement<UnderstandingLevel>(
  'understanding_levels',
  `select session_id as "sessionId", level, reached_at as "reachedAt" from understanding_levels
   where user_id = (select as_user($1)) order by reached_at desc, session_id desc limit $2`,
);

const sources = statement<Interaction & { factId: string }>(
  'fact_sources',
  `select m.*, s.fact_id as "factId"
   from unnest($2::uuid[]) fact (id)
   cross join lateral (
     select x.fact_id, x.interaction_id from fact_sources x
     where x.user_id = (select as_user($1)) and x.fact_id = fact.id order by x.said_at desc, x.interaction_id limit $3
   ) s
   join interaction_model m on m."userId" = (select as_user($1)) and m.id = s.interaction_id
   order by m.sequence desc`,
);

const chain = statement<{ id: string; category: FactCategory; key: string }>(
  'fact_with_predecessors',
  `with recursive chain as (
     select f.* from facts f where f.user_id = (select as_user($1)) and f.id = $2
     union
     select f.* from chain c join facts f on f.user_id = c.user_id and f.superseded_by = c.id
     where f.user_id = (select as_user($1))
   )
   select id, category, key from chain`,
);

@Injectable()
export class ProfileRepository {
  constructor(private readonly database: Database) {}

  /** In no order; those that do not exist are missing. */
  byIds(userId: string, ids: readonly string[]): Promise<Fact[]> {
    return this.database.read(byIds, [userId, ids]);
  }

  async byStatement(userId: string, category: FactCategory, key: string): Promise<Fact | null> {
    const [fact] = await this.database.read(byStatement, [userId, category, key]);
    return fact ?? null;
  }

  /** Of each category at most so many, those first that matter most. */
  inForce(userId: string, limit: number): Promise<Fact[]> {
    return this.database.read(inForce, [userId, limit]);
  }

  async totals(userId: string): Promise<ProfileTotals> {
    const [row] = await this.database.read(totals, [userId]);
    return row!;
  }

  /** Newest first. */
  levels(userId: string, limit: number): Promise<UnderstandingLevel[]> {
    return this.database.read(levels, [userId, limit]);
  }

  /** The newest sources of each fact. */
  sources(
    userId: string,
    factIds: readonly string[],
    limit: number,
  ): Promise<(Interaction & { factId: string })[]> {
    return this.database.read(sources, [userId, factIds, limit]);
  }

  /** A fact and all whose place it took, directly or in turn; nothing when there is none. */
  chain(userId: string, id: string): Promise<{ id: string; category: FactCategory; key: string }[]> {
    return this.database.read(chain, [userId, id]);
  }
}
