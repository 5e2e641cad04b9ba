import { Injectable } from '@nestjs/common';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { statement, type Statement } from '../database/statement.js';
import type { Interaction } from './interaction.model.js';

const byId = statement<Interaction>(
  'interaction_by_id',
  `select * from interaction_model where "userId" = (select as_user($1)) and id = $2`,
);

/** What most lists show. Leaving the rest out, JSON above all, saves much of what reading a page costs. */
const BRIEF: readonly (keyof Interaction)[] = [
  'id',
  'sessionId',
  'sequence',
  'revision',
  'status',
  'modality',
  'question',
  'answer',
  'questionTokens',
  'answerTokens',
  'occurredAt',
  'createdAt',
];
const needsNoMore = new Set<string>([...BRIEF, 'session', '__typename']);

const recentOf = (name: string, columns: string): Statement<Interaction> =>
  statement<Interaction>(
    name,
    `select ${columns} from interaction_model
     where "userId" = (select as_user($1)) order by sequence desc limit $2`,
  );
const recent = recentOf('recent_interactions', '*');
const recentBrief = recentOf('recent_interactions_brief', BRIEF.map((column) => `"${column}"`).join(', '));

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

  /** Newest first; with at least the given fields. */
  recent(userId: string, limit: number, fields: ReadonlySet<string>): Promise<Interaction[]> {
    return this.database.read(fields.isSubsetOf(needsNoMore) ? recentBrief : recent, [userId, limit]);
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
