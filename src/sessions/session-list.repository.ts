import { Injectable } from '@nestjs/common';
import { MAX, NIL } from 'uuid';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { ME, statement, type Statement } from '../database/statement.js';
import { conditionsOf, SessionSort, type SessionFilterInput } from './session-filter.model.js';
import type { ListedSession } from './session.model.js';

/** How sessions are put into an order. `least` and `most` lie beyond every value. */
interface Order {
  /** What an index has: of all sessions, or of those that have ended. */
  key: string;
  /** What `key` is of an active session, where an index does not have it. */
  live?: string;
  least: string | number;
  most: string | number;
}

const orders: Record<SessionSort, Order> = {
  [SessionSort.STARTED]: { key: 'started_at', least: '-infinity', most: 'infinity' },
  [SessionSort.LAST_ACTIVITY]: {
    key: 'settled_activity_at',
    live: 'last_activity_at',
    least: '-infinity',
    most: 'infinity',
  },
  [SessionSort.DURATION]: {
    key: 'settled_duration_ms',
    live: 'prior_active_ms + (extract(epoch from last_activity_at - period_started_at) * 1000)::bigint',
    least: Number.MIN_SAFE_INTEGER,
    most: Number.MAX_SAFE_INTEGER,
  },
  [SessionSort.MESSAGES]: {
    key: 'settled_message_count',
    live: 'user_message_count + assistant_message_count + system_message_count + tool_message_count',
    least: -1,
    most: 2 ** 31 - 1,
  },
  [SessionSort.TITLE]: { key: 'title_key', least: '', most: '\u{10ffff}'.repeat(101) },
};

/** Who asks for active sessions needs not look through the others. */
const UNLESS_ACTIVE = '$8::boolean is not true';

/** From $n on, what session_matches() asks. */
const matching = (n: number): string => {
  const types =
    'boolean session_type text timestamptz timestamptz boolean uuid text boolean boolean text[] text[] text[] session_privacy';
  const values = types.split(' ').map((type, index) => `$${n + index}::${type}`);
  // As one expression, of which the planner expects half the rows: see sessions.repository.ts.
  return `coalesce(session_matches(s, ${values.join(', ')}), false)`;
};

function valuesOf(filter: SessionFilterInput): unknown[] {
  const { active, type, scope, startedFrom, startedBefore, archived, projectId, channel } = filter;
  const { pinned, hasErrors, tagsAll, tagsAny, patterns, privacy } = conditionsOf(filter);
  const place = [active, type, scope, startedFrom, startedBefore, archived, projectId, channel];
  return [...place, pinned, hasErrors, tagsAll, tagsAny, patterns, privacy];
}

/**
 * A page of one order, in one direction. What has an index is read from where the page begins; active sessions, which
 * are few, are sorted, where a record would have to pay for an index.
 */
function pageOf({ key, live }: Order, direction: 'asc' | 'desc'): string {
  const part = (place: string, condition: string, skipped: string): string =>
    `select s.id, ${place} as place from sessions s
     where s.user_id = ${ME} ${condition}
       and (${place}, s.id) > ($2, $3) and (${place}, s.id) < ($4, $5)
       and ${matching(8)}
     order by ${place} ${direction}, s.id ${direction} ${skipped}`;
  const most = 'limit $6::bigint + $7::bigint';
  return `select * from (
      (${part(live ?? key, 'and s.ended_at is null', most)}) union all (${part(key, `and s.ended_at is not null and ${UNLESS_ACTIVE}`, most)})
    ) u order by place ${direction}, id ${direction} limit $6 offset $7`;
}

/** The end of what a session sees: of a fork, the first message is its ancestor's. */
const end = (column: 'first' | 'last', name: string): string => {
  const direction = column === 'first' ? 'asc' : 'desc';
  return `(select x.${column} from session_parts q
    cross join lateral (
      select e.${column}, e.sequence from message_ends e
      where e.user_id = ${ME} and e.session_id = q.part_id and e.sequence <= q.up_to
      order by e.sequence ${direction} limit 1
    ) x
    where q.user_id = ${ME} and q.session_id = p.id order by x.sequence ${direction} limit 1) as "${name}"`;
};

const ENDS = `, ${end('first', 'preview')}, ${end('last', 'lastMessage')}`;

type Pages = Record<'asc' | 'desc', Record<'brief' | 'excerpted', Statement<ListedSession>>>;

function pagesOf(sort: SessionSort): Pages {
  const page = (direction: 'asc' | 'desc', form: 'brief' | 'excerpted') =>
    statement<ListedSession>(
      `sessions_by_${sort.toLowerCase()}_${direction}_${form}`,
      `select m.*, p.place ${form === 'excerpted' ? ENDS : ''}
       from (${pageOf(orders[sort], direction)}) p
       join session_model m on m."userId" = ${ME} and m.id = p.id
       order by p.place ${direction}, p.id ${direction}`,
    );
  const both = (direction: 'asc' | 'desc') => ({
    brief: page(direction, 'brief'),
    excerpted: page(direction, 'excerpted'),
  });
  return { asc: both('asc'), desc: both('desc') };
}

const pages = Object.fromEntries(
  Object.values(SessionSort).map((sort) => [sort, pagesOf(sort)]),
) as unknown as Record<SessionSort, Pages>;

const count = statement<{ count: number }>(
  'sessions_count',
  `select count(*) from sessions s where s.user_id = ${ME} and ${matching(2)}`,
);

const ids = statement<{ id: string }>(
  'session_ids_of_filter',
  `select s.id from sessions s where s.user_id = ${ME} and ${matching(2)}`,
);

/** Which sessions a list reads, and with what. */
export interface ListRequest {
  sort: SessionSort;
  isAscending: boolean;
  filter: SessionFilterInput;
  /** Whether the first and last messages are wanted. */
  excerpts: boolean;
}

/** Lists of sessions in any order, with any filter. */
@Injectable()
export class SessionListRepository {
  constructor(private readonly database: Database) {}

  /** Up to `limit + 1` rows in reading direction beyond `position`, without the first `offset` of them. */
  page(
    userId: string,
    { sort, isAscending, filter, excerpts }: ListRequest,
    { limit, backward }: Pick<Page, 'limit' | 'backward'>,
    position: readonly [unknown, unknown] | undefined,
    offset: number,
  ): Promise<ListedSession[]> {
    const { least, most } = orders[sort];
    const isUpward = isAscending !== backward;
    const range = isUpward
      ? [...(position ?? [least, NIL]), most, MAX]
      : [least, NIL, ...(position ?? [most, MAX])];
    const read = pages[sort][isUpward ? 'asc' : 'desc'][excerpts ? 'excerpted' : 'brief'];
    return this.database.read(read, [userId, ...range, limit + 1, offset, ...valuesOf(filter)]);
  }

  async count(userId: string, filter: SessionFilterInput): Promise<number> {
    const [row] = await this.database.read(count, [userId, ...valuesOf(filter)]);
    return row!.count;
  }

  async ids(userId: string, filter: SessionFilterInput): Promise<string[]> {
    return (await this.database.read(ids, [userId, ...valuesOf(filter)])).map(({ id }) => id);
  }
}
