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

const place = statement<Place>(
  'export_place',
  `select started_at as "startedAt", id from sessions where user_id = ${ME} and id = $2`,
);

const totals = statement<Totals>(
  'export_totals',
  `select count(*) as sessions, coalesce(sum(interaction_count), 0) as interactions from sessions
   where user_id = ${ME} and ($2::uuid[] is null or id = any($2)) and (started_at, id) > ($3, $4)`,
);

const sessions = statement<Session>(
  'export_sessions',
  `select m.* from sessions s
   join exported_session m on m."userId" = s.user_id and m.id = s.id
   where s.user_id = ${ME} and m."userId" = ${ME} and (s.started_at, s.id) > ($2, $3)
   order by s.started_at, s.id limit $4`,
);

const named = statement<Session>(
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
       select * from exported_interaction where "userId" = ${ME} and "sessionId" = $2 and sequence > $3
       order by sequence limit $4
     ) one
     window page as (order by sequence rows between unbounded preceding and 1 preceding)
   ) weighed where place = 1 or weight < ${PAGE_BYTES} order by sequence`,
);

const forgotten = statement<object>(
  'export_forgotten_facts',
  `select category, array(select encode(x, 'hex') from unnest(digests) x) as digests, forgotten_at as "forgottenAt"
   from forgotten_facts where user_id = ${ME} order by forgotten_at, category, digests`,
);

const facts = statement<object>('export_facts', `select * from exported_facts(${ME})`);

const usage = statement<Usage>(
  'export_usage',
  `select id, at, kind, model, prompt_tokens as "promptTokens", answer_tokens as "answerTokens",
     session_id as "sessionId", interaction_id as "interactionId"
   from token_usage
   where user_id = ${ME} and (at, id) > ($2, $3) and ($4::uuid[] is null or session_id = any($4))
   order by at, id limit $5`,
);

/** An export whose ticket was brought. */
export interface Claimed {
  userId: string;
  id: string;
  request: ExportInput;
}

/** Where a session lies among those of its user. */
export interface Place {
  startedAt: string;
  id: string;
}

export interface Totals {
  sessions: number;
  interactions: number;
}

interface Usage {
  id: string;
  at: string;
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

  async place(userId: string, sessionId: string): Promise<Place | null> {
    const [row] = await this.database.read(place, [userId, sessionId]);
    return row ?? null;
  }

  /** Of the given sessions, or of all after a place. */
  async totals(userId: string, ids: readonly string[] | null, after: Place): Promise<Totals> {
    const [row] = await this.database.query(totals, [userId, ids, after.startedAt, after.id]);
    return row!;
  }

  sessionsAfter(userId: string, { startedAt, id }: Place, limit: number): Promise<Session[]> {
    return this.database.query(sessions, [userId, startedAt, id, limit]);
  }

  /** Those that there are, in the given order. */
  sessionsNamed(userId: string, ids: readonly string[]): Promise<Session[]> {
    return this.database.query(named, [userId, ids]);
  }

  /** The next interactions of a session's log: none when there are no more. */
  interactions(userId: string, sessionId: string, after: number, limit: number): Promise<Interaction[]> {
    return this.database.query(interactions, [userId, sessionId, after, limit]);
  }

  forgottenFacts(userId: string): Promise<object[]> {
    return this.database.query(forgotten, [userId]);
  }

  facts(userId: string): Promise<object[]> {
    return this.database.query(facts, [userId]);
  }

  usage(userId: string, after: Usage, ids: readonly string[] | null, limit: number): Promise<Usage[]> {
    return this.database.query(usage, [userId, after.at, after.id, ids, limit]);
  }
}
