import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { SessionReference } from '../sessions/session.model.js';
import type { Utterance } from './summarizer.js';
import type { Summary } from './summary.model.js';
import type { LiveInteraction } from './summary-plan.js';

/** A summary as a session has it, which may be a fork of the one that it is of. */
export interface SeenSummary extends Summary {
  seenIn: string;
  inForce: boolean;
}

/** What background work needs to know of a session. */
export interface SessionState {
  revision: number;
  tokenLimit: number;
  /** Whether its live part is so long that the older part should become a summary. */
  heavy: boolean;
  /** The last interaction of an ended session whose description is missing or out of date; null otherwise. */
  undescribedTo: number | null;
}

/** More of a text says no more: logs and files are long, what is said is short. */
const MAX_CHARACTERS = 8_000;

const byId = statement<Summary>(
  'summary_by_id',
  `select * from summary_model where "userId" = (select as_user($1)) and id = $2`,
);

const ofSessions = statement<SeenSummary>(
  'summaries_of_sessions',
  `select * from session_summary_model where "userId" = (select as_user($1)) and "seenIn" = any($2)
   order by "fromSequence", level, "createdAt"`,
);

const ofSession = statement<SeenSummary & { gapAfter: boolean }>(
  'summaries_to_fold',
  `select s.*, exists (
     select from session_parts p
     join interactions i on i.user_id = (select as_user($1)) and i.session_id = p.part_id and i.sequence <= p.up_to
     where p.user_id = (select as_user($1)) and p.session_id = $2
       and i.sequence > s."toSequence" and i.sequence < s.next
   ) as "gapAfter"
   from (
     select m.*, lead(m."fromSequence") over (order by m."fromSequence") as next
     from session_summary_model m
     where m."userId" = (select as_user($1)) and m."seenIn" = $2 and m."inForce"
   ) s
   order by s."fromSequence"`,
);

const state = statement<SessionState>(
  'session_to_summarize',
  `select s.revision, s.token_limit as "tokenLimit", is_heavy(s) as heavy, undescribed_to(s) as "undescribedTo"
   from sessions s where s.user_id = (select as_user($1)) and s.id = $2`,
);

const live = statement<LiveInteraction>(
  'live_interactions',
  `select i.sequence, i.revision, message_count(as_interaction(i)) as messages,
     i.question_tokens + i.answer_tokens + i.step_tokens as tokens,
     i.status = 'PENDING' and i.created_at > now() - interval '1 hour' as awaited
   from uncovered((select as_user($1)), $2, $3) u
   join session_parts p on p.user_id = (select as_user($1)) and p.session_id = $2
   join whole_interactions i on i.user_id = (select as_user($1)) and i.session_id = p.part_id and i.sequence <= p.up_to
     and i.sequence > u.after and i.sequence < u.before
   order by i.sequence limit $4`,
);

const utterances = statement<Utterance>(
  'utterances_of_interactions',
  `select u.role,
     case when length(u.text) > $3 then left(u.text, $3 / 2) || ' […] ' || right(u.text, $3 / 2) else u.text end as text
   from whole_interactions i
   cross join lateral (
     select 0 as place, 'USER' as role, i.question as text
     union all
     select s.place, s.step ->> 'role', s.step ->> 'content'
     from jsonb_array_elements(i.steps) with ordinality s (step, place)
     union all
     select 1000, 'ASSISTANT', i.answer
   ) u
   where i.user_id = (select as_user($1)) and i.sequence = any($2) and u.text <> ''
   order by i.sequence, u.place limit $4`,
);

const due = statement<SessionReference>(
  'sessions_to_summarize',
  'select user_id as "userId", id as "sessionId" from sessions_to_summarize($1, $2)',
);

const undescribed = statement<SessionReference>(
  'undescribed_sessions',
  'select user_id as "userId", id as "sessionId" from undescribed_sessions($1, $2, $3)',
);

@Injectable()
export class SummariesRepository {
  constructor(private readonly database: Database) {}

  async byId(userId: string, id: string): Promise<Summary | null> {
    const [summary] = await this.database.read(byId, [userId, id]);
    return summary ?? null;
  }

  /** In the order of what they cover, those of the past among them. */
  ofSessions(userId: string, sessionIds: readonly string[]): Promise<SeenSummary[]> {
    return this.database.read(ofSessions, [userId, sessionIds]);
  }

  /** Those of a session that are in force; `gapAfter` tells of interactions between one and the next. */
  inForce(userId: string, sessionId: string): Promise<(SeenSummary & { gapAfter: boolean })[]> {
    return this.database.query(ofSession, [userId, sessionId]);
  }

  async state(userId: string, sessionId: string): Promise<SessionState | null> {
    const [session] = await this.database.query(state, [userId, sessionId]);
    return session ?? null;
  }

  /** The oldest interactions that no summary covers; with `untouched`, only those that none ever did. */
  live(userId: string, sessionId: string, untouched: boolean, limit: number): Promise<LiveInteraction[]> {
    return this.database.query(live, [userId, sessionId, untouched, limit]);
  }

  /** What was said in interactions, in order; of long texts the beginning and the end. */
  utterances(userId: string, sequences: readonly number[], limit: number): Promise<Utterance[]> {
    return this.database.query(utterances, [userId, sequences, MAX_CHARACTERS, limit]);
  }

  /** Of the sessions that changed after these revisions of their users, those with something to summarise. */
  due(changed: ReadonlyMap<string, number>): Promise<SessionReference[]> {
    return this.database.ownerQuery(due, [[...changed.keys()], [...changed.values()]]);
  }

  /** Ended sessions of anyone without a description, in order, after one of them. */
  undescribed({ userId, sessionId }: SessionReference, limit: number): Promise<SessionReference[]> {
    return this.database.ownerQuery(undescribed, [userId, sessionId, limit]);
  }
}
