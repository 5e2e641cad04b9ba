import { BadUserInputError, UnauthenticatedError } from '../common/errors.js';
import { statement } from '../database/statement.js';

/** One step of a user's revision: what happened, with what it happened to as it is now. */
export interface Change {
  revision: number;
  kind: string;
  at: string;
  sessionId: string | null;
  interactionId: string | null;
  session: object | null;
  interaction: object | null;
}

/** What the table holds after a revision: a page of changes, in order. */
export interface ChangePage {
  /** The user's revision now; null when there is no such user. */
  currentRevision: number | null;
  changes: Change[];
  /** Whether `changes` reaches the current revision. */
  complete: boolean;
}

export interface ChangeRow extends Omit<Change, 'revision'> {
  userId: string;
  currentRevision: number | null;
  /** Null in the one row of a user for whom nothing is new. */
  revision: number | null;
}

/**
 * The changes of these users after these revisions: of each so many, of about so many bytes, with or without what
 * they refer to.
 */
export const changesSince = statement<ChangeRow>(
  'changes_since',
  `select user_id as "userId", current_revision as "currentRevision", revision, kind, at,
     session_id as "sessionId", interaction_id as "interactionId", session, interaction
   from changes_since($1::uuid[], $2::bigint[], $3, $4, $5)`,
);

/** The rows of each user as a page. */
export function pagesOf(rows: ChangeRow[]): Map<string, ChangePage> {
  const pages = new Map<string, ChangePage>();
  for (const row of rows) {
    const { userId, currentRevision, revision } = row;
    let page = pages.get(userId);
    if (!page) pages.set(userId, (page = { currentRevision, changes: [], complete: true }));
    if (revision === null) continue;
    page.complete = revision >= (currentRevision ?? 0);
    page.changes.push(row as Change);
  }
  return pages;
}

/**
 * From where to tell a user's changes: after the cursor, and without one from now on. Throws when the user is gone, and
 * when the cursor is ahead of the server.
 */
export function startingPoint(currentRevision: number | null, after: number | undefined): number {
  if (currentRevision === null) throw new UnauthenticatedError('This account no longer exists.');
  if (after !== undefined && after > currentRevision) {
    throw new BadUserInputError({ after: [`must not exceed the current revision, ${currentRevision}`] });
  }
  return after ?? currentRevision;
}
