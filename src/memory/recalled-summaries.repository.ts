import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';
import type { SessionType } from '../sessions/session.model.js';
import { asOf, type AsOf } from './memory.repository.js';

/** A summary as a context renders it. */
export interface RecalledSummary {
  id: string;
  sessionId: string;
  /** The session that has it, which may be a fork of the one that it is of. */
  seenIn: string;
  sessionType: SessionType;
  /** When what it covers began; the session, if that was cleared. */
  at: number;
  fromSequence: number;
  toSequence: number;
  text: string;
  tokens: number;
}

const summaries = (condition: string): string =>
  `select m.id, m."sessionId", m."seenIn", s.type as "sessionType", m."fromSequence", m."toSequence", m.text, m.tokens,
     extract(epoch from coalesce(i.occurred_at, s.started_at))::float8 * 1000 as at
   from session_summary_model m
   join sessions s on s.user_id = m."userId" and s.id = m."sessionId" and s.user_id = ${ME}
   left join interactions i on i.user_id = m."userId" and i.sequence = m."fromSequence" and i.user_id = ${ME}
   where m."userId" = ${ME} and ${condition}`;
// What a session is asked in, $3, has of its ancestors too. A row without a summary says that there is none.
const inForce = statement<RecalledSummary & { userRevision: number }>(
  'recall_summaries_of',
  `select r.value as "userRevision", t.* from revisions r
   left join lateral (${summaries(
     'm."seenIn" = any($2) and m."inForce" and (m."seenIn" = m."sessionId" or m."seenIn" = $3)',
   )}) t on true
   where r.user_id = ${ME}`,
);
const byIds = statement<RecalledSummary>(
  'recall_summaries_by',
  summaries('m.id = any($2) and m."seenIn" = m."sessionId"'),
);

/** Reads the summaries that contexts have. */
@Injectable()
export class RecalledSummariesRepository {
  constructor(private readonly database: Database) {}

  /** Those in force of the sessions, in no order; of the one that is asked in, those too that it has of its ancestors. */
  async inForce(
    userId: string,
    sessionIds: readonly string[],
    askedIn: string | null,
  ): Promise<AsOf<RecalledSummary>> {
    return asOf(
      sessionIds.length > 0 ? await this.database.read(inForce, [userId, sessionIds, askedIn]) : [],
    );
  }

  /** In force or not, in no order; those that are gone are missing. */
  byIds(userId: string, ids: readonly string[]): Promise<RecalledSummary[]> {
    return ids.length > 0 ? this.database.read(byIds, [userId, ids]) : Promise.resolve([]);
  }
}
