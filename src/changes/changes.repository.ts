import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Change } from './change.model.js';

interface ChangeRow extends Omit<Change, 'revision'> {
  /** The user's revision now; null when the user is gone. */
  currentRevision: number | null;
  /** Null in the one row that says that nothing is new. */
  revision: number | null;
}

const page = statement<ChangeRow>(
  'changes_page',
  `select current_revision as "currentRevision", revision, kind, at, session_id as "sessionId",
     interaction_id as "interactionId", session, interaction
   from changes_since(array[$1::uuid], array[$2::bigint], $3)`,
);

@Injectable()
export class ChangesRepository {
  constructor(private readonly database: Database) {}

  /** Up to `limit` changes after a revision; at least one row. */
  page(userId: string, after: number, limit: number): Promise<ChangeRow[]> {
    return this.database.query(page, [userId, after, limit]);
  }
}
