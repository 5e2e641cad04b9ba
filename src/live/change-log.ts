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
  /** Up to here changes are no longer kept: who has seen less has missed some. */
  keptAfter: number;
  changes: Change[];
  /** Whether `changes` reaches the current revision. */
  complete: boolean;
}

export interface ChangeRow extends Omit<Change, 'revision'> {
  userId: string;
  currentRevision: number | null;
  keptAfter: number | null;
  /** Null in the one row of a user for whom nothing is new. */
  revision: number | null;
}

/**
 * The changes of these users after these revisions: of each so many, of about so many bytes, with or without what
 * they refer to.
 */
export const changesSince = statement<ChangeRow>(
  'changes_since',
  `select user_id as "userId", current_revision as "currentRevision", kept_after as "keptAfter",
     revision, kind, at,
     session_id as "sessionId", interaction_id as "interactionId", session, interaction
   from changes_since($1::uuid[], $2::bigint[], $3, $4, $5)`,
);

/** The rows of each user as a page. */
export function pagesOf(rows: ChangeRow[]): Map<string, ChangePage> {
  const pages = new Map<string, ChangePage>();
  for (const row of rows) {
    const { userId, currentRevision, revision } = row;
    let page = pages.get(userId);
    if (!page) {
      page = { currentRevision, keptAfter: row.keptAfter ?? 0, changes: [], complete: true };
      pages.set(userId, page);
    }
    if (revision === null) continue;
    page.complete = revision >= (currentRevision ?? 0);
    page.changes.push(row as Change);
  }
  return pages;
}

/**
 * From where to tell a user's changes: after the cursor, and without one from now on. Throws when the user is gone, and
 * when the cursor is ahead of the server or older than what is kept.
 */
export function startingPoint(
  { currentRevision, keptAfter }: Pick<ChangePage, 'currentRevision' | 'keptAfter'>,
  after: number | undefined,
): number {
  if (currentRevision === null) throw new UnauthenticatedError('This account no longer exists.');
  if (after === undefined) return currentRevision;
  if (after > currentRevision) {
    throw new BadUserInputError({ after: [`must not exceed the current revision, ${currentRevision}`] });
  }
  if (after < keptAfter) throw new ForgottenError(keptAfter);
  return after;
}

/** What came after the cursor is not all there any more. */
export class ForgottenError extends BadUserInputError {
  constructor(keptAfter: number) {
    const recovery = 'read `me.revision`, then everything anew, and go on from that revision';
    super({ after: [`must not be before ${keptAfter}, what followed is no longer kept: ${recovery}`] });
  }
}
