import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { SessionType } from '../sessions/session.model.js';
import type {
  AdminStats,
  RecentFigures,
  SessionFigures,
  StorageFigures,
  TableSize,
  UserFigures,
} from './admin.model.js';

const MOST_CHANNELS = 100;
const MOST_TABLES = 20;

interface FiguresRow extends SessionFigures {
  by: 'all' | 'type' | 'channel';
  type: SessionType | null;
  channel: string | null;
}

// One pass over the sessions (1.0 s for a million in 1.3 GB), whose counters tell what is in them: interactions are not
// looked at. That a session is active is spelt out, as is_fresh() would keep several workers from sharing the pass.
const sessions = statement<FiguresRow>(
  'admin_sessions',
  `with groups as materialized (
     select type, channel, count(*) as sessions,
       count(*) filter (
         where ended_at is null
           and now() < least(expires_at, last_activity_at + make_interval(secs => idle_timeout_seconds))) as active,
       sum(interaction_count) as interactions,
       sum(user_message_count + assistant_message_count + system_message_count + tool_message_count) as messages,
       sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
       sum(prior_active_ms / 1000.0::float8
         + extract(epoch from coalesce(ended_at, last_activity_at) - period_started_at)::float8) as seconds
     from sessions group by 1, 2
   )
   select
     case grouping(type, channel) when 3 then 'all' when 1 then 'type' else 'channel' end as by, type, channel,
     coalesce(sum(sessions), 0)::bigint as sessions,
     coalesce(sum(active), 0)::bigint as "activeSessions",
     coalesce(sum(interactions), 0)::bigint as interactions,
     coalesce(sum(messages), 0)::bigint as messages,
     coalesce(sum(input_tokens), 0)::bigint as "inputTokens",
     coalesce(sum(output_tokens), 0)::bigint as "outputTokens",
     (sum(messages) / sum(sessions))::float8 as "averageMessages",
     sum(seconds) / sum(sessions)::float8 as "averageDurationSeconds"
   from groups group by grouping sets ((), (type), (channel))
   order by grouping(channel) desc, sum(sessions) desc, type, channel limit $1`,
);

// By the index on the end: what is older is not looked at. 0.07 s for 20,000 sessions of the time, 1.0 s for 200,000.
const recent = statement<RecentFigures>(
  'admin_recent_sessions',
  `with ended as (
     select user_id, (started_at at time zone 'UTC')::date as day, duration_ms / 1000.0::float8 as seconds,
       extract(epoch from started_at - lag(ended_at) over (partition by user_id order by started_at))::float8 as gap
     from ended_sessions where ended_at >= now() - interval '30 days'
   )
   select count(*) as sessions,
     percentile_cont(0.5) within group (order by seconds) as "medianDurationSeconds",
     percentile_cont(0.95) within group (order by seconds) as "p95DurationSeconds",
     count(*) / nullif(count(distinct (user_id, day)), 0)::float8 as "sessionsPerUserAndDay",
     avg(gap) filter (where gap >= 0) as "averageSecondsBetween"
   from ended`,
);

const users = statement<UserFigures>(
  'admin_users',
  `select count(*) as total, count(email) as accounts, count(issuer) as external,
     count(*) filter (where email is null and issuer is null) as "ofBots"
   from users`,
);

const tables = statement<TableSize & { databaseBytes: number }>(
  'admin_tables',
  `select pg_database_size(current_database()) as "databaseBytes", relname as name, pg_total_relation_size(oid) as bytes
   from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
   order by bytes desc, name limit $1`,
);

/** Counts what is of everybody, as the role that owns the tables. */
@Injectable()
export class StatisticsRepository {
  constructor(private readonly database: Database) {}

  async sessions(): Promise<Pick<AdminStats, 'total' | 'byType' | 'byChannel'>> {
    // Before the channels come the total and the two types, as far as there are sessions of them.
    const rows = await this.database.ownerQuery(sessions, [3 + MOST_CHANNELS]);
    const by = (what: FiguresRow['by']) => rows.filter((row) => row.by === what);
    return {
      total: by('all')[0]!,
      byType: by('type') as AdminStats['byType'],
      byChannel: by('channel').slice(0, MOST_CHANNELS),
    };
  }

  async recent(): Promise<RecentFigures> {
    const [row] = await this.database.ownerQuery(recent, []);
    return row!;
  }

  async users(): Promise<UserFigures> {
    const [row] = await this.database.ownerQuery(users, []);
    return row!;
  }

  async storage(): Promise<StorageFigures> {
    const rows = await this.database.ownerQuery(tables, [MOST_TABLES]);
    return { bytes: rows[0]!.databaseBytes, tables: rows };
  }
}
