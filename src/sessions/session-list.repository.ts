import { Injectable } from '@nestjs/common';
import { MAX, NIL } from 'uuid';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { ME, statement, type Statement } from '../database/statement.js';
import { conditionsOf, SessionSort, type SessionFilterInput } from './session-filter.model.js';
import type { ListedSession } from './session.model.js';

/** How sessions are put into an order: by a column of `listed_sessions`. `least` and `most` lie beyond every value. */
interface Order {
  key: string;
  least: string | number;
  most: string | number;
}

const FIRST_AND_LAST_TIME = { least: '-infinity', most: 'infinity' };

const orders: Record<SessionSort, Order> = {
  [SessionSort.STARTED]: { key: 'started_at', ...FIRST_AND_LAST_TIME },
  [SessionSort.LAST_ACTIVITY]: { key: 'last_activity_at', ...FIRST_AND_LAST_TIME },
  [SessionSort.DURATION]: {
    key: 'duration_ms',
    least: Number.MIN_SAFE_INTEGER,
    most: Number.MAX_SAFE_INTEGER,
  },
  [SessionSort.MESSAGES]: { key: 'message_count', least: -1, most: 2 ** 31 - 1 },
  [SessionSort.TITLE]: { key: 'title_key', least: '', most: '\u{10ffff}'.repeat(101) },
};

const CONDITIONS =
  'boolean session_type text timestamptz timestamptz uuid text boolean boolean text[] text[] text[] session_privacy boolean boolean';

/** The `session_filter` that is given from $n on. */
function filterFrom(n: number): string {
  const values = CONDITIONS.split(' ').map((type, index) => `$${n + index}::${type}`);
  return `row(${values.join(', ')})::session_filter`;
}

/** As one expression, of which the planner expects half the rows: see sessions.repository.ts. */
const matching = (filter: string): string => `coalesce(session_matches(s, ${filter}), false)`;

function valuesOf(filter: SessionFilterInput): unknown[] {
  const { active, type, scope, startedFrom, startedBefore, archived, projectId, channel } = filter;
  const { pinned, hasErrors, tagsAll, tagsAny, patterns, privacy } = conditionsOf(filter);
  const place = [active, type, scope, startedFrom, startedBefore, projectId, channel];
  const wider = [...place, pinned, hasErrors, tagsAll, tagsAny, patterns, privacy];
  return [...wider, archived, wider.some((value) => value != null)];
}

/** How many sessions for each of a page are looked at in their order before all are. */
const NEAR = 16;

/**
 * A page of one order, in one direction. Active sessions, which are few, are sorted. Ended ones are read in the index of
 * the order from where the page begins. When the filter lets too few of those that are near through, and there are more,
 * all are looked at. How many are near is no constant to the planner: it expects fewer than there are, and would sort them
 * all.
 */
function pageOf({ key }: Order, direction: 'asc' | 'desc'): string {
  const filter = filterFrom(8);
  const order = `order by ${key} ${direction}, id ${direction}`;
  const most = '$6::bigint + $7::bigint';
  const near = `$6::bigint * ${NEAR} + $7::bigint`;
  const place = direction === 'asc' ? '$2::text, $3' : '$4::text, $5';
  const within = `s.user_id = ${ME} and (s.${key}, s.id) > ($2, $3) and (s.${key}, s.id) < ($4, $5)`;
  return `with near as materialized (
      select id, ${key} from (
        select id, ${key}, ${matching(filter)} as matches from listed_sessions s
        where ${within} and not s.active and $8::boolean is not true ${order} limit ${near}
      ) s where matches ${order} limit ${most}
    ), reach as materialized (
      select $8::boolean is true or count(*) = ${most}
        or not exists (select from ended_sessions s where s.user_id = ${ME} offset ${near}) as suffices
      from near
    )
    select id, ${key} as place from (
      (select id, ${key} from listed_sessions s where ${within} and s.active and ${matching(filter)}
       ${order} limit ${most})
      union all
      select * from near where (select suffices from reach)
      union all
      select e.id, e.${key} from reach, ended_matches(${ME}, ${filter}, '${key}', '${direction}', ${place}, ${most}) e
      where not suffices
    ) u ${order} limit $6 offset $7`;
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
  `select count_ended_matches(${ME}, ${filterFrom(2)}) + count(*) as count
   from listed_sessions s where s.user_id = ${ME} and s.active and ${matching(filterFrom(2))}`,
);

const ids = statement<{ id: string }>(
  'session_ids_of_filter',
  `select s.id from listed_sessions s where s.user_id = ${ME} and ${matching(filterFrom(2))}`,
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
