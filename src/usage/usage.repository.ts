import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { TokenUsage, UsageGroup, UsageGroupBy } from './usage.model.js';

const SUMS = `sum(t.prompt_tokens) as "promptTokens", sum(t.answer_tokens) as "answerTokens", count(*) as calls`;

const grouped = statement<UsageGroup>(
  'usage_grouped',
  `select
     case $4 when 'DAY' then to_char(t.at at time zone u.time_zone, 'YYYY-MM-DD') end as day,
     case $4 when 'KIND' then t.kind end as kind,
     case $4 when 'MODEL' then t.model end as model,
     case $4 when 'SESSION' then t.session_id end as "sessionId",
     ${SUMS}
   from token_usage t cross join (select time_zone from users where id = $1) u
   where t.user_id = (select as_user($1)) and t.at >= $2 and t.at < $3
   group by 1, 2, 3, 4
   order by 1, sum(t.prompt_tokens) + sum(t.answer_tokens) desc, 2, 3, 4
   limit $5`,
);

const ofInteractions = statement<TokenUsage & { interactionId: string }>(
  'usage_of_interactions',
  `select t.interaction_id as "interactionId", ${SUMS} from token_usage t
   where t.user_id = (select as_user($1)) and t.interaction_id = any($2)
   group by 1`,
);

@Injectable()
export class UsageRepository {
  constructor(private readonly database: Database) {}

  /** Through the pool: a year may be a long read. */
  grouped(userId: string, from: Date, to: Date, by: UsageGroupBy, limit: number): Promise<UsageGroup[]> {
    return this.database.query(grouped, [userId, from, to, by, limit]);
  }

  ofInteractions(
    userId: string,
    ids: readonly string[],
  ): Promise<(TokenUsage & { interactionId: string })[]> {
    return this.database.read(ofInteractions, [userId, ids]);
  }
}
