import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';
import type { Interaction } from '../interactions/interaction.model.js';
import type { Session } from '../sessions/session.model.js';
import type { ExportInput } from './export.input.js';
import type { Export } from './export.model.js';

/** After this time an export that shows no sign of life is nobody's any more. */
const SILENCE = '30 seconds';
/** How long it can be told what became of an export. */
const KEPT = '1 day';
/** What a page of interactions may take up before it ends; it holds at least one, of any size. */
const PAGE_BYTES = 1024 * 1024;

const keep = statement<{ expiresAt: string }>(
  'keep_export',
  `insert into exports (user_id, id, digest, request, expires_at)
   values (${ME}, $2, $3, $4, now() + make_interval(secs => $5))
   returning expires_at as "expiresAt"`,
);

const sweep = statement<{ count: number }>(
  'sweep_exports',
  `with expired as (
     select user_id, id from exports where expires_at < now() - interval '${KEPT}' for update skip locked
   ), swept as (
     delete from exports e using expired where e.user_id = expired.user_id and e.id = expired.id
     returning 1
   )
   select count(*) from swept`,
);

const claim = statement<Claimed>(
  'claim_export',
  'select user_id as "userId", id, request from claim_export($1)',
);

const byId = statement<Export>(
  'export_by_id',
  `select id, case when state = 'RUNNING' and updated_at < now() - interval '${SILENCE}' then 'FAILED' else state end
       as state,
     sessions_total as "sessionsTotal", sessions_done as "sessionsDone", interactions_total as "interactionsTotal",
     interactions_done as "interactionsDone", bytes, created_at as "createdAt", updated_at as "updatedAt"
   from exports where user_id = ${ME} and id = $2`,
);

/** Of the sessions of a tree the one that began first: with it the tree has its place. */
const FIRST = `lateral (
    select o.started_at, o.id from sessions o where o.user_id = s.user_id and o.tree_id = s.tree_id
    order by o.started_at, o.id limit 1
  ) first`;
const MEMBERS = `case when s.tree_id is null then array[s.id] else array(
    select o.id from sessions o where o.user_id = s.user_id and o.tree_id = s.tree_id order by o.started_at, o.id
  ) end as members`;

const place = statement<Line>(
  'export_place',
  `select coalesce(first.started_at, s.started_at) as "startedAt", coalesce(first.id, s.id) as id, ${MEMBERS}
   from sessions s left join ${FIRST} on true where s.user_id = ${ME} and s.id = $2`,
);

const lines = statement<Line>(
  'export_lines',
  `select s.started_at as "startedAt", s.id, ${MEMBERS}
   from sessions s left join ${FIRST} on true
   where s.user_id = ${ME} and (s.started_at, s.id) > ($2, $3) and s.id = coalesce(first.id, s.id)
   order by s.started_at, s.id limit $4`,
);

// As the file tells it: what a fork had of a session and is all forgotten is not in it.
const needs = statement<Needs>(
  'export_needs',
  `select s.id, i.inherited, array(
     select (a ->> 'sessionId')::uuid from json_array_elements(i.inherited) a
     union select s.parent_session_id where s.parent_session_id is not null order by 1
   ) as needs
   from sessions s cross join lateral inherited(s) i (inherited)
   where s.user_id = ${ME} and s.id = any($2) order by s.id`,
);

// What forks have of sessions that are not in the file comes with them.
const totals = statement<Totals>(
  'export_totals',
  `with chosen as (
     select s.id, s.interaction_count from sessions s left join ${FIRST} on true
     where s.user_id = ${ME} and ($2::uuid[] is null or s.id = any($2)) and (
       (coalesce(first.started_at, s.started_at), coalesce(first.id, s.id)) > ($3, $4) or s.id = any($5))
   )
   select count(*) as sessions, coalesce(sum(c.interaction_count), 0) + (
     select count(*) from chosen f
     join session_ancestors a on a.user_id = ${ME} and a.session_id = f.id
       and ($6 or ($7::uuid[] is not null and a.ancestor_id <> all($7)))
     join interactions i on i.user_id = a.user_id and i.session_id = a.ancestor_id and i.sequence <= a.up_to
   ) as interactions from chosen c`,
);

const named = statement<ExportedSession>(
  'export_named_sessions',
  `select * from exported_session where "userId" = ${ME} and id = any($2) order by array_position($2, id)`,
);

const interactions = statement<Interaction>(
  'export_interactions',
  `select * from (
     select *, row_number() over page as place, sum(
       coalesce(octet_length(question), 0) + coalesce(octet_length(answer), 0) + octet_length(steps::text)
       + octet_length(metadata::text) + coalesce(octet_length("contextUsed"::text), 0)
       + coalesce(octet_length(answers::text), 0)
     ) over page as weight
     from (
       select own.* from session_parts p
       cross join lateral (
         select * from exported_interaction i
         where i."userId" = p.user_id and i."sessionId" = p.part_id and i.sequence > $3 and i.sequence <= p.up_to
         order by i.sequence limit $4
       ) own
       where p.user_id = ${ME} and p.session_id = $2 and p.part_id = any($5)
       order by own.sequence limit $4
     ) one
     window page as (order by sequence rows between unbounded preceding and 1 preceding)
   ) weighed where place = 1 or weight < ${PAGE_BYTES} order by sequence`,
);

/** An export whose ticket was brought. */
export interface Claimed {
  userId: string;
  id: string;
  request: ExportInput;
}

/** A session as an export tells it. */
export interface ExportedSession extends Session {
  /** Of which sessions it has turns, and up to where. */
  inherited: { sessionId: string; lastInteractionId: string | null; lastSummaryId: string | null }[];
}

/** What is exported: the given sessions, or without them all after a place, preceded by the rest of what stands there. */
export interface Selection {
  after: Place;
  rest: string[];
  ids: string[] | null;
  /** All that the file, or the part before it, was to hold; null: all there are. */
  held: string[] | null;
}

/** A place in the order of an export: that of a session, or of a tree of forks, by the one that began first. */
export interface Place {
  startedAt: string;
  id: string;
}

/** What stands at a place: one session, or all of a tree, oldest first. */
export interface Line extends Place {
  members: string[];
}

/** A session with those that are told before it. */
export interface Needs extends Pick<ExportedSession, 'inherited'> {
  id: string;
  needs: string[];
}

export interface Totals {
  sessions: number;
  interactions: number;
}

/** Reads go through the pool: those who ask for little must not wait behind them. */
@Injectable()
export class ExportRepository {
  constructor(private readonly database: Database) {}

  /** Returns when it expires. */
  async keep(
    userId: string,
    id: string,
    digest: Buffer,
    request: ExportInput,
    seconds: number,
  ): Promise<string> {
    const [row] = await this.database.query(keep, [userId, id, digest, JSON.stringify(request), seconds]);
    return row!.expiresAt;
  }

  /** Drops those of everybody that have expired for so long that nobody asks any more; returns how many. */
  async sweep(): Promise<number> {
    return (await this.database.ownerQuery(sweep, []))[0]!.count;
  }

  /** What a ticket was made for; it is good for nothing then. */
  async claim(digest: Buffer): Promise<Claimed | null> {
    const [row] = await this.database.query(claim, [digest]);
    return row ?? null;
  }

  async byId(userId: string, id: string): Promise<Export | null> {
    const [row] = await this.database.read(byId, [userId, id]);
    return row ?? null;
  }

  /** Where a session stands, and with which others; null when there is none. */
  async place(userId: string, sessionId: string): Promise<Line | null> {
    const [row] = await this.database.read(place, [userId, sessionId]);
    return row ?? null;
  }

  /** What comes after a place. */
  lines(userId: string, { startedAt, id }: Place, limit: number): Promise<Line[]> {
    return this.database.query(lines, [userId, startedAt, id, limit]);
  }

  needs(userId: string, ids: readonly string[]): Promise<Needs[]> {
    return this.database.query(needs, [userId, ids]);
  }

  async totals(userId: string, { after, rest, ids, held }: Selection, isEachWhole: boolean): Promise<Totals> {
    const values = [userId, ids, after.startedAt, after.id, rest, isEachWhole, held];
    const [row] = await this.database.query(totals, values);
    return row!;
  }

  /** Those that there are, in the given order. */
  sessionsNamed(userId: string, ids: readonly string[]): Promise<ExportedSession[]> {
    return this.database.query(named, [userId, ids]);
  }

  /** The next interactions that a session has, of those that `parts` hold: none when there are no more. */
  interactions(
    userId: string,
    sessionId: string,
    parts: readonly string[],
    after: number,
    limit: number,
  ): Promise<Interaction[]> {
    return this.database.query(interactions, [userId, sessionId, after, limit, parts]);
  }
}
