import { Injectable } from '@nestjs/common';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Interaction } from './interaction.model.js';

const byId = statement<Interaction>(
  'interaction_by_id',
  `select * from interaction_model where "userId" = (select as_user($1)) and id = $2`,
);

const recent = statement<Interaction>(
  'recent_interactions',
  `select * from interaction_model where "userId" = (select as_user($1)) order by sequence desc limit $2`,
);

const forward = statement<Interaction>(
  'session_interactions_forward',
  `select * from interaction_model
   where "userId" = (select as_user($1)) and "sessionId" = $2 and sequence > $3
   order by sequence limit $4`,
);

const backward = statement<Interaction>(
  'session_interactions_backward',
  `select * from interaction_model
   where "userId" = (select as_user($1)) and "sessionId" = $2 and sequence < $3
   order by sequence desc limit $4`,
);

@Injectable()
export class InteractionsRepository {
  constructor(private readonly database: Database) {}

  async byId(userId: string, id: string): Promise<Interaction | null> {
    const [interaction] = await this.database.read(byId, [userId, id]);
    return interaction ?? null;
  }

  /** Newest first. */
  recent(userId: string, limit: number): Promise<Interaction[]> {
    return this.database.read(recent, [userId, limit]);
  }

  /** Up to `limit` interactions of a session beyond a sequence, in reading direction. */
  ofSession(
    userId: string,
    sessionId: string,
    { backward: isBackward }: Pick<Page, 'backward'>,
    beyond: number | undefined,
    limit: number,
  ): Promise<Interaction[]> {
    return isBackward
      ? this.database.read(backward, [userId, sessionId, beyond ?? Number.MAX_SAFE_INTEGER, limit])
      : this.database.read(forward, [userId, sessionId, beyond ?? 0, limit]);
  }
}
