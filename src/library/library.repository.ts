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

// Sessions have few sets of tags in common, so that fewer are taken apart than there are sessions.
const tags = statement<TagCount>(
  'tags_in_use',
  `select t.tag, sum(s.sessions)::integer as sessions
   from (
     select tags, count(*) as sessions from listed_sessions
     where user_id = (select as_user($1)) and cardinality(tags) > 0 group by tags
   ) s, unnest(s.tags) t (tag)
   group by t.tag order by 2 desc, 1 limit $2`,
);

const tally = (condition: string): string =>
  `json_build_object(
     'sessions', coalesce(sum(sessions) filter (where ${condition}), 0),
     'messages', coalesce(sum(messages) filter (where ${condition}), 0),
     'minutes', coalesce(sum(minutes) filter (where ${condition}), 0))`;

const groups = (column: string): string =>
  `(select coalesce(json_agg(json_build_object(
      '${column}', ${column}, 'sessions', sessions, 'messages', messages, 'minutes', minutes
    ) order by sessions desc, ${column}), '[]')
    from (
      select ${column}, sum(sessions) as sessions, sum(messages) as messages, sum(minutes) as minutes
      from mine group by ${column} order by 2 desc, 1 limit 100
    ) g) as "by${column[0]!.toUpperCase()}${column.slice(1)}"`;

/** Sessions are read once, into a row for all that count alike; everything is summed up from those. */
const stats = statement<SessionStats>(
  'session_stats',
  `with begun as materialized (
     select date_trunc('day', now(), time_zone) as today, date_trunc('week', now(), time_zone) as this_week
     from users where id = $1
   ), mine as materialized (
     select type, channel, archived, started_at >= (select today from begun) as today,
       started_at >= (select this_week from begun) as this_week, count(*) as sessions,
       sum(message_count) as messages, sum(duration_ms)::float8 / 60000 as minutes
     from listed_sessions where user_id = (select as_user($1)) group by 1, 2, 3, 4, 5
   )
   select ${tally('true')} as total, ${tally('today')} as today, ${tally('this_week')} as "thisWeek",
     coalesce(sum(sessions) filter (where archived), 0)::integer as archived, ${groups('type')}, ${groups('channel')}
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
