import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import { inOrder, ME, TURN, type HistoryRead, type HistoryRequest, type Turn } from './memory.repository.js';

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
     from sessions s join interactions i on i.user_id = s.user_id and i.session_id = s.id and i.user_id = ${ME}
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

/** Reads what a group has heard. */
@Injectable()
export class GroupHistoryRepository {
  constructor(private readonly database: Database) {}

  /** In place of the whole history what was said in the scope, and no facts: they may have been learnt in private. */
  async history(
    userId: string,
    { characters, unsealed, recent, sessionId }: HistoryRequest,
    whole: HistoryRead,
  ): Promise<HistoryRead | undefined> {
    const values = [userId, characters, unsealed, whole.groupScope, recent, sessionId];
    const rows = await this.database.query(turns, values);
    const [first] = rows;
    return (
      first && {
        ...whole,
        facts: [],
        revision: first.userRevision,
        blocks: [],
        unsealed: rows.filter(({ isRecent }) => isRecent === false).sort(inOrder),
        recent: rows.filter(({ isRecent }) => isRecent === true).sort((one, other) => inOrder(other, one)),
      }
    );
  }
}
