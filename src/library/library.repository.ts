import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Excerpts } from './excerpt.loader.js';
import type { SessionStats } from './stats.model.js';
import type { TagCount } from './tag.model.js';

/** The end of what a session sees: of a fork, the first message is its ancestor's. */
const end = (column: 'first' | 'last', direction: 'asc' | 'desc'): string =>
  `(select x.${column} from session_parts q
    cross join lateral (
      select e.${column}, e.sequence from message_ends e
      where e.user_id = (select as_user($1)) and e.session_id = q.part_id and e.sequence <= q.up_to
      order by e.sequence ${direction} limit 1
    ) x
    where q.user_id = (select as_user($1)) and q.session_id = s.id order by x.sequence ${direction} limit 1)`;

const excerpts = statement<Excerpts & { id: string }>(
  'excerpts_of_sessions',
  `select s.id, ${end('first', 'asc')} as preview, ${end('last', 'desc')} as "lastMessage"
   from sessions s where s.user_id = (select as_user($1)) and s.id = any($2)`,
);

const tags = statement<TagCount>(
  'tags_in_use',
  `select t.tag, count(*)::integer as sessions
   from listed_sessions s, unnest(s.tags) t (tag)
   where s.user_id = (select as_user($1))
   group by t.tag order by 2 desc, 1 limit $2`,
);

const tally = (condition: string): string =>
  `json_build_object(
     'sessions', count(*) filter (where ${condition}),
     'messages', coalesce(sum(messages) filter (where ${condition}), 0),
     'minutes', coalesce(sum(minutes) filter (where ${condition}), 0))`;

const groups = (column: string): string =>
  `(select coalesce(json_agg(json_build_object(
      '${column}', ${column}, 'sessions', sessions, 'messages', messages, 'minutes', minutes
    ) order by sessions desc, ${column}), '[]')
    from (
      select ${column}, count(*) as sessions, sum(messages) as messages, sum(minutes) as minutes
      from mine group by ${column} order by 2 desc, 1 limit 100
    ) g) as "by${column[0]!.toUpperCase()}${column.slice(1)}"`;

const stats = statement<SessionStats>(
  'session_stats',
  `with mine as materialized (
     select s.type, s.channel, s.archived, s.message_count as messages, s.duration_ms / 60000.0::float8 as minutes,
       s.started_at >= date_trunc('day', now(), u.time_zone) as today,
       s.started_at >= date_trunc('week', now(), u.time_zone) as this_week
     from listed_sessions s join users u on u.id = $1
     where s.user_id = (select as_user($1))
   )
   select ${tally('true')} as total, ${tally('today')} as today, ${tally('this_week')} as "thisWeek",
     (count(*) filter (where archived))::integer as archived, ${groups('type')}, ${groups('channel')}
   from mine`,
);

@Injectable()
export class LibraryRepository {
  constructor(private readonly database: Database) {}

  /** The first and last messages of sessions, in no order. */
  excerpts(userId: string, sessionIds: readonly string[]): Promise<(Excerpts & { id: string })[]> {
    return this.database.read(excerpts, [userId, sessionIds]);
  }

  /** The tags in use, most used first. */
  tags(userId: string, limit: number): Promise<TagCount[]> {
    return this.database.read(tags, [userId, limit]);
  }

  async stats(userId: string): Promise<SessionStats> {
    const [row] = await this.database.read(stats, [userId]);
    return row!;
  }
}
