import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';
import type { Interaction } from '../interactions/interaction.model.js';
import type { SessionType } from '../sessions/session.model.js';
import type { LoggedTurn } from './block.js';
import type { RecallFilterInput } from './recall.input.js';

/** A turn as a context renders it. */
export interface Turn extends LoggedTurn {
  id: string;
  sessionType: SessionType;
}

/** A fact of the profile as a context renders it. */
export interface KnownFact {
  id: string;
  text: string;
  pinned: boolean;
}

/** A turn that was read; nulls when there is none. */
export interface TurnRow extends Turn {
  /** As of when the row was read. */
  userRevision: number;
}

export const TURN = `i.id, i.sequence, i.revision, i.session_id as "sessionId", i.question_tokens as "questionTokens",
  i.answer_tokens as "answerTokens", extract(epoch from i.occurred_at)::float8 * 1000 as at,
  i.metadata -> 'speakers' as speakers`;

// One by one: without `offset 0`, or with `= any($2)`, the planner reads the whole log or another index (16 ms).
const turnsAt = statement<TurnRow>(
  'recall_turns_at',
  `select r.value as "userRevision", t.*
   from revisions r
   left join lateral (
     select ${TURN}, s.type as "sessionType", i.question, i.answer
     from unnest($2::bigint[]) asked (sequence)
     cross join lateral (
       select * from whole_interactions where user_id = ${ME} and sequence = asked.sequence offset 0) i
     cross join lateral (select type from sessions where user_id = ${ME} and id = i.session_id offset 0) s
   ) t on true
   where r.user_id = ${ME}`,
);

const factsBy = statement<KnownFact>(
  'context_facts_by',
  `select id, text, pinned from facts where user_id = ${ME} and id = any($2)`,
);

const interactionsAt = statement<Interaction>(
  'interactions_at',
  `select m.* from interaction_model m where m."userId" = ${ME} and m.sequence = any($2)`,
);

const filtered = statement<{ id: string }>(
  'recall_sessions',
  `select id from sessions
   where user_id = ${ME}
     and ($2::uuid is null or id in (select part_id from session_parts where user_id = ${ME} and session_id = $2))
     and ($3::uuid is null or project_id = $3)
     and ($4::session_type is null or type = $4)
     and ($5::text is null or channel = $5)
     and ($6::text is null or scope = $6)
     and ($7::timestamptz is null or started_at >= $7)
     and ($8::timestamptz is null or started_at < $8)`,
);

const revision = statement<{ revision: number }>(
  'recall_revision',
  `select value as revision from revisions where user_id = ${ME}`,
);

/** Rows as they were at a revision of the user; null when nothing was read. */
export interface AsOf<Row> {
  revision: number | null;
  rows: Row[];
}

/** Of a read that tells the revision with each row, and with nulls when there is none. */
export function asOf<Row extends { id: string; userRevision: number }>(rows: Row[]): AsOf<Row> {
  return { revision: rows[0]?.userRevision ?? null, rows: rows.filter(({ id }) => id !== null) };
}

@Injectable()
export class MemoryRepository {
  constructor(private readonly database: Database) {}

  /** Whole, in no order; those that are gone are missing. */
  async turnsAt(userId: string, sequences: readonly number[]): Promise<AsOf<Turn>> {
    return asOf(sequences.length > 0 ? await this.database.read(turnsAt, [userId, sequences]) : []);
  }

  /** In force or not, in no order; those that are gone are missing. */
  factsBy(userId: string, ids: readonly string[]): Promise<KnownFact[]> {
    return ids.length > 0 ? this.database.read(factsBy, [userId, ids]) : Promise.resolve([]);
  }

  /** In no order; those that are gone are missing. */
  interactionsAt(userId: string, sequences: readonly number[]): Promise<Interaction[]> {
    return sequences.length > 0
      ? this.database.read(interactionsAt, [userId, sequences])
      : Promise.resolve([]);
  }

  /** The ids of the sessions that pass a filter; of `sessionId` itself and of those that it goes back to. */
  async sessions(userId: string, filter: RecallFilterInput): Promise<Set<string>> {
    const { sessionId, projectId, type, channel, scope, startedFrom, startedBefore } = filter;
    const values = [userId, sessionId, projectId, type, channel, scope, startedFrom, startedBefore];
    return new Set((await this.database.read(filtered, values)).map(({ id }) => id));
  }

  async revision(userId: string): Promise<number | undefined> {
    return (await this.database.read(revision, [userId]))[0]?.revision;
  }
}
