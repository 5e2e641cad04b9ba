import { Injectable } from '@nestjs/common';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { statement, type Statement } from '../database/statement.js';
import type { SessionFilterInput } from './session.input.js';
import type { Session } from './session.model.js';

const byIds = statement<Session>(
  'sessions_by_ids',
  `select * from session_model where "userId" = (select as_user($1)) and id = any($2)`,
);

const current = statement<Session>(
  'current_session',
  `select * from session_model
   where "userId" = (select as_user($1)) and scope = $2 and "endedAt" is null
     and now() < "lastActivityAt" + make_interval(secs => "idleTimeoutSeconds")
     and ("expiresAt" is null or now() < "expiresAt")`,
);

/**
 * One static text per direction. The bound of an absent cursor is the end of the index, so that every page, the first
 * and the fiftieth, is the same range scan.
 */
const page = (backward: boolean): Statement<Session> => {
  const [comparison, order, time, id] = backward
    ? ['>', 'asc', '-infinity', '00000000-0000-0000-0000-000000000000']
    : ['<', 'desc', 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
  return statement<Session>(
    `sessions_page_${backward ? 'backward' : 'forward'}`,
    `select * from session_model
     where "userId" = (select as_user($1))
       and ("startedAt", id) ${comparison} (coalesce($2::timestamptz, '${time}'), coalesce($3::uuid, '${id}'))
       and ($5::boolean is null or active = $5)
       and ($6::session_type is null or type = $6)
       and ($7::text is null or scope = $7)
       and ($8::timestamptz is null or "startedAt" >= $8)
       and ($9::timestamptz is null or "startedAt" < $9)
     order by "startedAt" ${order}, id ${order}
     limit $4`,
  );
};
const forward = page(false);
const backward = page(true);

const abandoned = statement<{ user_id: string; id: string }>(
  'abandoned_sessions',
  'select * from abandoned_sessions($1)',
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

  async current(userId: string, scope: string): Promise<Session | null> {
    const [session] = await this.database.read(current, [userId, scope]);
    return session ?? null;
  }

  /** Up to `limit + 1` rows in reading direction; `position` is (startedAt, id). */
  page(userId: string, filter: SessionFilterInput, page: Page, position: unknown[]): Promise<Session[]> {
    const [startedAt, id] = position;
    return this.database.read(page.backward ? backward : forward, [
      userId,
      startedAt,
      id,
      page.limit + 1,
      filter.active,
      filter.type,
      filter.scope,
      filter.startedFrom,
      filter.startedBefore,
    ]);
  }

  /** Sessions of anyone that idleness or expiry has ended without anyone noticing. */
  abandoned(limit: number): Promise<{ user_id: string; id: string }[]> {
    return this.database.ownerQuery(abandoned, [limit]);
  }

  /** Users beyond the given one, in the order of ids, who have unpinned sessions that ended before the time. */
  usersWithOld(before: Date, beyond: string, limit: number): Promise<{ userId: string }[]> {
    return this.database.ownerQuery(usersWithOld, [before, beyond, limit]);
  }
}
