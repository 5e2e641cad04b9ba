import { Injectable } from '@nestjs/common';
import { MAX, NIL } from 'uuid';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { statement, type Statement } from '../database/statement.js';
import type { SessionFilterInput } from './session-filter.model.js';
import type { Session, SessionReference } from './session.model.js';

const byIds = statement<Session>(
  'sessions_by_ids',
  `select * from session_model where "userId" = (select as_user($1)) and id = any($2)`,
);

const groupScope = statement<{ scope: string | null }>(
  'group_scope_of_session',
  `select case when is_group_scope(user_id, scope) then scope end as scope
   from sessions where user_id = (select as_user($1)) and id = $2`,
);

const current = statement<Session>(
  'current_session',
  `select * from session_model
   where "userId" = (select as_user($1)) and scope = $2 and "endedAt" is null
     and now() < "lastActivityAt" + make_interval(secs => "idleTimeoutSeconds")
     and ("expiresAt" is null or now() < "expiresAt")`,
);

/** What the list in the order of starts knows of filters; for the others see session-list.repository.ts. */
const SIMPLE = ['startedFrom', 'startedBefore', 'archived'] as const;
const simple = new Set<string>(SIMPLE);
type SimpleFilter = Pick<SessionFilterInput, (typeof SIMPLE)[number]>;

export function isSimple(filter: SessionFilterInput): filter is SimpleFilter {
  // Few sessions are in the archive, most are outside.
  return (
    !filter.archived && Object.entries(filter).every(([name, value]) => value == null || simple.has(name))
  );
}

/** A place in the order of the list: before, at or after a session. */
type Bound = readonly [startedAt: unknown, id: unknown];

const FIRST: Bound = ['-infinity', NIL];
const LAST: Bound = ['infinity', MAX];

/**
 * One static text per direction. Both ends of the range are values, never expressions: an expression such as
 * coalesce($2, ...) may not look at a row before row-level security has, and would be a filter on every session before
 * the page instead of a condition of the index. The filters are one expression, of which the planner expects half the
 * rows: of each by itself it expects so few that it read and sorted all that a user has (60 ms for 10,000 sessions)
 * instead of the end of the index (0.1 ms).
 */
const page = (backward: boolean): Statement<Session> => {
  const order = backward ? 'asc' : 'desc';
  return statement<Session>(
    `sessions_page_${backward ? 'backward' : 'forward'}`,
    `select * from session_model
     where "userId" = (select as_user($1))
       and ("startedAt", id) > ($2, $3) and ("startedAt", id) < ($4, $5)
       and coalesce(
         ($7::timestamptz is null or "startedAt" >= $7)
         and ($8::timestamptz is null or "startedAt" < $8)
         and ($9::boolean is null or ("archivedAt" is not null) = $9), false)
     order by "startedAt" ${order}, id ${order}
     limit $6`,
  );
};
const forward = page(false);
const backward = page(true);

const abandoned = statement<SessionReference>(
  'abandoned_sessions',
  'select user_id as "userId", id as "sessionId" from abandoned_sessions($1)',
);

const usersWithOld = statement<{ userId: string }>(
  'users_with_old_sessions',
  'select user_id as "userId" from users_with_old_sessions($1, $2, $3) as user_id',
);

@Injectable()
export class SessionsRepository {
  constructor(private readonly database: Database) {}

  /** In no order; those that do not exist are missing. */
  byIds(userId: string, ids: readonly string[]): Promise<Session[]> {
    return this.database.read(byIds, [userId, ids]);
  }

  /** Null when the session is not in a group's scope; undefined when there is none. */
  async groupScope(userId: string, id: string): Promise<string | null | undefined> {
    return (await this.database.read(groupScope, [userId, id]))[0]?.scope;
  }

  async current(userId: string, scope: string): Promise<Session | null> {
    const [session] = await this.database.read(current, [userId, scope]);
    return session ?? null;
  }

  /** Up to `limit + 1` rows in reading direction; `position` is that of the cursor. */
  page(
    userId: string,
    { startedFrom, startedBefore, archived }: SimpleFilter,
    { backward: isBackward, limit }: Page,
    position: Bound | undefined,
  ): Promise<Session[]> {
    // NIL comes before every id in use. A cursor may lie outside of the filter's times, so they are asked for besides.
    const from: Bound = startedFrom ? [startedFrom, NIL] : FIRST;
    const before: Bound = startedBefore ? [startedBefore, NIL] : LAST;
    const range = isBackward ? [position ?? from, before] : [from, position ?? before];
    return this.database.read(isBackward ? backward : forward, [
      userId,
      ...range.flat(),
      limit + 1,
      startedFrom,
      startedBefore,
      archived,
    ]);
  }

  /** Sessions of anyone that idleness or expiry has ended without anyone noticing. */
  abandoned(limit: number): Promise<SessionReference[]> {
    return this.database.ownerQuery(abandoned, [limit]);
  }

  /** Users beyond the given one, in the order of ids, who have unpinned sessions that ended before the time. */
  usersWithOld(before: Date, beyond: string, limit: number): Promise<{ userId: string }[]> {
    return this.database.ownerQuery(usersWithOld, [before, beyond, limit]);
  }
}
