import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Excerpts } from './excerpt.loader.js';

const excerpts = statement<Excerpts & { id: string }>(
  'excerpts_of_sessions',
  `select s.id,
     (select e.first from message_ends e where e.user_id = (select as_user($1)) and e.session_id = s.id
      order by e.sequence limit 1) as preview,
     (select e.last from message_ends e where e.user_id = (select as_user($1)) and e.session_id = s.id
      order by e.sequence desc limit 1) as "lastMessage"
   from sessions s where s.user_id = (select as_user($1)) and s.id = any($2)`,
);

@Injectable()
export class LibraryRepository {
  constructor(private readonly database: Database) {}

  /** The first and last messages of sessions, in no order. */
  excerpts(userId: string, sessionIds: readonly string[]): Promise<(Excerpts & { id: string })[]> {
    return this.database.read(excerpts, [userId, sessionIds]);
  }
}
