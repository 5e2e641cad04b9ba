import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Interaction } from '../interactions/interaction.model.js';
import type { Summary } from './summary.model.js';

/** What background work needs to know of a session. */
export interface SessionState {
  revision: number;
  tokenLimit: number;
  /** Of the interactions that no summary of level 1 was ever made of. */
  messages: number;
  tokens: number;
  /** Whether that live part is so long that its older part should become a summary. */
  heavy: boolean;
  /** The last interaction of an ended session whose description is missing or out of date; null otherwise. */
  undescribedTo: number | null;
}

const byId = statement<Summary>(
  'summary_by_id',
  `select * from summary_model where "userId" = (select as_user($1)) and id = $2`,
);

const ofSessions = statement<Summary>(
  'summaries_of_sessions',
  `select * from summary_model where "userId" = (select as_user($1)) and "sessionId" = any($2)
   order by "fromSequence", level, "createdAt"`,
);

const ofSession = statement<Summary & { gapAfter: boolean }>(
  'summaries_to_fold',
  `with own as (
     select s.*, lead(s."fromSequence") over in_force as next
     from summary_model s where s."userId" = (select as_user($1)) and s."sessionId" = $2
     window in_force as (
       partition by s."supersededBy" is null and s."revertedAt" is null order by s."fromSequence", s.level)
   )
   select own.*, exists (
     select from interactions i
     where i.user_id = own."userId" and i.session_id = own."sessionId"
       and i.sequence > own."toSequence" and i.sequence < own.next
   ) as "gapAfter"
   from own order by own."fromSequence", own.level, own."createdAt"`,
);

const state = statement<SessionState>(
  'session_to_summarize',
  `select s.revision, s.token_limit as "tokenLimit", live.messages, live.tokens,
     is_heavy(live.messages, live.tokens, s.token_limit) as heavy,
     case when s.ended_at is not null and (
       s.context_summary is null or s.context_summary_to < log.newest
       or s.session_context is null or s.session_context_to < log.newest) then log.newest end as "undescribedTo"
   from sessions s
   cross join lateral (
     select max(i.sequence) as newest from interactions i where i.user_id = s.user_id and i.session_id = s.id
   ) log
   cross join lateral (
     select coalesce(sum(message_count(i)), 0) as messages,
       coalesce(sum(i.question_tokens + i.answer_tokens + i.step_tokens), 0) as tokens
     from interactions i
     where i.user_id = s.user_id and i.session_id = s.id and not exists (
       select from summaries x
       where x.user_id = s.user_id and x.session_id = s.id and x.level = 1
         and i.sequence between x.from_sequence and x.to_sequence)
   ) live
   where s.user_id = (select as_user($1)) and s.id = $2`,
);

const live = statement<Interaction>(
  'live_interactions',
  `select m.* from interaction_model m
   where m."userId" = (select as_user($1)) and m."sessionId" = $2 and not exists (
     select from summaries x
     where x.user_id = m."userId" and x.session_id = m."sessionId" and x.level = 1
       and m.sequence between x.from_sequence and x.to_sequence and ($3 or x.reverted_at is null))
   order by m.sequence limit $4`,
);

const due = statement<{ userId: string; sessionId: string }>(
  'sessions_to_summarize',
  'select user_id as "userId", id as "sessionId" from sessions_to_summarize($1)',
);

@Injectable()
export class SummariesRepository {
  constructor(private readonly database: Database) {}

  async byId(userId: string, id: string): Promise<Summary | null> {
    const [summary] = await this.database.read(byId, [userId, id]);
    return summary ?? null;
  }

  /** In the order of what they cover, those of the past among them. */
  ofSessions(userId: string, sessionIds: readonly string[]): Promise<Summary[]> {
    return this.database.read(ofSessions, [userId, sessionIds]);
  }

  /** The same of one session; `gapAfter` tells of interactions between one in force and the next. */
  toFold(userId: string, sessionId: string): Promise<(Summary & { gapAfter: boolean })[]> {
    return this.database.query(ofSession, [userId, sessionId]);
  }

  async state(userId: string, sessionId: string): Promise<SessionState | null> {
    const [session] = await this.database.query(state, [userId, sessionId]);
    return session ?? null;
  }

  /** The oldest interactions that no summary covers; with `untouched`, only those that none ever did. */
  live(userId: string, sessionId: string, untouched: boolean, limit: number): Promise<Interaction[]> {
    return this.database.query(live, [userId, sessionId, untouched, limit]);
  }

  /** Sessions of anyone that wait for a summary. */
  due(limit: number): Promise<{ userId: string; sessionId: string }[]> {
    return this.database.ownerQuery(due, [limit]);
  }
}
