import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';
import { TURN, type Turn } from './memory.repository.js';

interface HeardTurn extends Turn {
  /** As of when the row was read. */
  userRevision: number;
  /** Whether it is one of the newest of the session; null when nothing was said at all. */
  isRecent: boolean | null;
}

// What others do not hear is not masked but not read: $2 characters of each text, the newest $3 turns of the scope $4, and
// of these again the newest $5 of the session $6.
const turns = statement<HeardTurn>(
  'recall_turns_of_group',
  `with heard as materialized (
     select ${TURN}, s.type as "sessionType", left(i.question, $2) as question, left(i.answer, $2) as answer
     from sessions s join whole_interactions i on i.user_id = s.user_id and i.session_id = s.id and i.user_id = ${ME}
     where s.user_id = ${ME} and s.scope = $4 and s.privacy = 'GROUP' order by i.sequence desc limit $3
   )
   select r.value as "userRevision", t.*
   from revisions r
   left join (
     select heard.*, false as "isRecent" from heard
     union all (
       select heard.*, true
       from session_parts p join heard on heard."sessionId" = p.part_id and heard.sequence <= p.up_to
       where p.user_id = ${ME} and p.session_id = $6 order by heard.sequence desc limit $5
     )
   ) t on true
   where r.user_id = ${ME}`,
);

/** What was said in a group's scope. */
interface Heard {
  revision: number;
  /** In the order of the log. */
  turns: Turn[];
  /** The newest of the session, newest first. */
  recent: Turn[];
}

/** Reads what a group has heard. */
@Injectable()
export class GroupHistoryRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when there is no such user. */
  async history(
    userId: string,
    { scope, sessionId, recent }: { scope: string; sessionId: string | null; recent: number },
    { characters, most }: { characters: number; most: number },
  ): Promise<Heard | undefined> {
    const rows = await this.database.query(turns, [userId, characters, most, scope, recent, sessionId]);
    const [first] = rows;
    return (
      first && {
        revision: first.userRevision,
        turns: rows
          .filter(({ isRecent }) => isRecent === false)
          .sort((one, other) => one.sequence - other.sequence),
        recent: rows
          .filter(({ isRecent }) => isRecent === true)
          .sort((one, other) => other.sequence - one.sequence),
      }
    );
  }
}
