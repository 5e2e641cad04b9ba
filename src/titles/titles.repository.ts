import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { SessionReference } from '../sessions/session.model.js';
import type { Exchange } from './extractive-title.js';

interface ReadExchange extends Exchange {
  sequence: number;
  revision: number;
}

/** The first ones tell what it is about; longer texts do not tell more. */
const EXCHANGES = 3;
const CHARACTERS = 2000;

const exchanges = statement<ReadExchange>(
  'first_exchanges',
  `select i.sequence, i.revision, left(i.question, ${CHARACTERS}) as question, left(i.answer, ${CHARACTERS}) as answer
   from whole_interactions i
   where i.user_id = (select as_user($1)) and i.session_id = $2 and i.status <> 'PENDING'
   order by i.sequence limit ${EXCHANGES}`,
);

const due = statement<SessionReference>(
  'sessions_to_title',
  'select user_id as "userId", id as "sessionId" from sessions_to_title($1, $2)',
);

const untitled = statement<SessionReference>(
  'untitled_sessions',
  'select user_id as "userId", id as "sessionId" from untitled_sessions($1, $2, $3)',
);

@Injectable()
export class TitlesRepository {
  constructor(private readonly database: Database) {}

  /** The first turns of a session that are not waiting for an answer. */
  exchanges({ userId, sessionId }: SessionReference): Promise<ReadExchange[]> {
    return this.database.query(exchanges, [userId, sessionId]);
  }

  /** Of the sessions that changed after these revisions of their users, those to be titled. */
  due(changed: ReadonlyMap<string, number>): Promise<SessionReference[]> {
    return this.database.ownerQuery(due, [[...changed.keys()], [...changed.values()]]);
  }

  /** Sessions of anyone that are to be titled, in order, after one of them. */
  untitled({ userId, sessionId }: SessionReference, limit: number): Promise<SessionReference[]> {
    return this.database.ownerQuery(untitled, [userId, sessionId, limit]);
  }
}
