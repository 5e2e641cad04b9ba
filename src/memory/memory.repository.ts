import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Interaction } from '../interactions/interaction.model.js';
import type { SessionType } from '../sessions/session.model.js';
import type { BlockLegend, BlockPostings, LoggedTurn } from './block.js';
import type { Branch, ReadBlock, SimilarTerm } from './recall-index.js';
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

/** What a read of the index tells of the user; `BlockRow`s of a user without blocks hold nulls. */
interface BlockRow extends Partial<ReadBlock> {
  revision: number;
  displayName: string | null;
  timeZone: string;
  hasSession: boolean;
  hasSummaries: boolean;
  /** The scope that the session sees nothing beyond, because others are there; null otherwise. */
  groupScope: string | null;
  isOutside: boolean;
}

interface TurnRow extends Turn {
  /** As of when the row was read. */
  userRevision: number;
  sealedTo: number;
  /** How many blocks were blank. */
  blank: number;
  /** Whether no block tells of it. */
  unsealed: boolean | null;
}

// Every table names its user by itself: row-level security then looks at nothing before as_user() has run.
export const ME = '(select as_user($1))';

export const TURN = `i.id, i.sequence, i.revision, i.session_id as "sessionId", i.question_tokens as "questionTokens",
  i.answer_tokens as "answerTokens", extract(epoch from i.occurred_at)::float8 * 1000 as at,
  i.metadata -> 'speakers' as speakers`;

// One block is taken out of its storage once, not once for each term: hence the `|| '{}'`, and the `offset 0` that keeps
// the planner from undoing it.
const blocks = statement<BlockRow>(
  'recall_blocks',
  `select r.value as revision, u.display_name as "displayName", u.time_zone as "timeZone",
     exists (select from sessions s where s.user_id = ${ME} and s.id = $3) as "hasSession",
     exists (select from summaries m where m.user_id = ${ME}) as "hasSummaries",
     (select s.scope from sessions s
      where s.user_id = ${ME} and s.id = $3 and is_group_scope(s.user_id, s.scope)) as "groupScope",
     exists (
       select from sessions s where s.user_id = ${ME} and s.id = $3
         and s.privacy = 'PRIVATE' and is_group_scope(s.user_id, s.scope)) as "isOutside",
     b.from_sequence as "fromSequence", b.to_sequence as "toSequence", b.docs, b.legend,
     (select array_agg(b.words -> left(term, 1) ->> term order by place)
      from unnest($2::text[]) with ordinality asked (term, place)) as lists
   from revisions r
   join users u on u.id = r.user_id
   left join (
     select from_sequence, to_sequence, docs, legend, postings || '{}' as words
     from recall_blocks where user_id = ${ME} offset 0
   ) b on true
   where r.user_id = ${ME}
   order by b.from_sequence`,
);

const NEWEST_OF_HISTORY = `session_parts p
        cross join lateral (
          select * from interactions n
          where n.user_id = ${ME} and n.session_id = p.part_id and n.sequence <= p.up_to
          order by n.sequence desc limit $4
        ) i`;

// $2: characters of a text, $3: turns without a block, $4: newest interactions, of the session $5 if that is given.
const turns = (ofSession: boolean) =>
  statement<TurnRow>(
    ofSession ? 'recall_turns_of_session' : 'recall_turns',
    `select r.value as "userRevision", sealed.until as "sealedTo", sealed.blank, t.*
     from revisions r
     cross join (
       select coalesce(max(to_sequence), 0) as until, count(*) filter (where postings is null) as blank
       from recall_blocks where user_id = ${ME}
     ) sealed
     left join lateral (
       (select ${TURN}, s.type as "sessionType", left(i.question, $2) as question, left(i.answer, $2) as answer,
          true as unsealed
        from interactions i join sessions s on s.user_id = i.user_id and s.id = i.session_id and s.user_id = ${ME}
        where i.user_id = ${ME} and i.sequence > sealed.until order by i.sequence limit $3)
       union all
       (select ${TURN}, s.type, left(i.question, $2), left(i.answer, $2), true
        from recall_blocks b
        join interactions i
          on i.user_id = b.user_id and i.user_id = ${ME} and i.sequence between b.from_sequence and b.to_sequence
        join sessions s on s.user_id = i.user_id and s.id = i.session_id and s.user_id = ${ME}
        where b.user_id = ${ME} and b.postings is null order by i.sequence limit $3)
       union all
       (select ${TURN}, s.type, left(i.question, $2), left(i.answer, $2), false
        from ${ofSession ? NEWEST_OF_HISTORY : 'interactions i'}
        join sessions s on s.user_id = i.user_id and s.id = i.session_id and s.user_id = ${ME}
        where i.user_id = ${ME} ${ofSession ? `and p.user_id = ${ME} and p.session_id = $5` : ''}
        order by i.sequence desc limit $4)
     ) t on true
     where r.user_id = ${ME}`,
  );
const turnsOfUser = turns(false);
const turnsOfSession = turns(true);

// Of each word the ends that one edit leaves as they are; the rest is for who asks to compare.
const similar = statement<SimilarTerm>(
  'recall_similar',
  `select asked.term, word.key as similar, b.from_sequence as "fromSequence", word.value as list
   from recall_blocks b, unnest($2::text[]) asked (term), jsonb_each_text(b.postings -> left(asked.term, 1)) word
   where b.user_id = ${ME} and b.postings is not null and (
     length(asked.term) = 1
     or (length(word.key) between length(asked.term) - 1 and length(asked.term) + 1 and (
       left(word.key, (length(asked.term) - 1) / 2) = left(asked.term, (length(asked.term) - 1) / 2)
       or right(word.key, (length(asked.term) - 1) / 2) = right(asked.term, (length(asked.term) - 1) / 2))))`,
);

const turnsAt = statement<Turn>(
  'recall_turns_at',
  `select ${TURN}, s.type as "sessionType", i.question, i.answer
   from interactions i join sessions s on s.user_id = i.user_id and s.id = i.session_id and s.user_id = ${ME}
   where i.user_id = ${ME} and i.sequence = any($2)`,
);

// Those that matter most; a row without a fact says that there is none.
const facts = statement<{ revision: number } & (KnownFact | { id: null })>(
  'context_facts',
  `select r.value as revision, f.* from revisions r
   left join lateral (
     select id, text, pinned from facts where user_id = ${ME} and superseded_by is null
     order by pinned desc, confidence desc, last_seen_at desc, id limit $2
   ) f on true
   where r.user_id = ${ME}`,
);

// What the session does not see of its tree; a row without one says that there is none.
const branches = statement<{ revision: number } & (Branch | { id: null })>(
  'recall_branches',
  `select r.value as revision, b.branch_id as id, b.up_to as "upTo" from revisions r
   left join session_branches b on b.user_id = ${ME} and b.session_id = $2
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

const LOGGED = `sequence, revision, session_id as "sessionId", question_tokens as "questionTokens",
  answer_tokens as "answerTokens", extract(epoch from occurred_at)::float8 * 1000 as at,
  metadata -> 'speakers' as speakers, left(question, $2) as question, left(answer, $2) as answer`;

const unsealed = statement<LoggedTurn>(
  'recall_unsealed',
  `select ${LOGGED} from interactions
   where user_id = ${ME}
     and sequence > (select coalesce(max(to_sequence), 0) from recall_blocks where user_id = ${ME})
   order by sequence limit $3`,
);

const range = statement<LoggedTurn>(
  'recall_range',
  `select ${LOGGED} from interactions where user_id = ${ME} and sequence between $3 and $4 order by sequence`,
);

const blank = statement<{ first: number; last: number }>(
  'recall_blank_blocks',
  `select from_sequence as first, to_sequence as last from recall_blocks
   where user_id = ${ME} and postings is null order by 1`,
);

const seal = statement<{ sealed: boolean }>(
  'seal_recall_block',
  'select seal_recall_block($1, $2, $3, $4, $5, $6, $7, $8) as sealed',
);

/** What one question reads of a user's log, all of it at one revision. */
export interface HistoryRead {
  revision: number;
  displayName: string | null;
  timeZone: string;
  hasSession: boolean;
  hasSummaries: boolean;
  groupScope: string | null;
  /** Whether the session is in the scope of a group that has not heard it: then it sees nothing of itself. */
  isOutside: boolean;
  blocks: ReadBlock[];
  /** What no block tells of, in the order of the log. */
  unsealed: Turn[];
  /** The newest, newest first. */
  recent: Turn[];
  /** What is known of the user, first what matters most. */
  facts: KnownFact[];
  /** What the session does not see; none of most sessions. */
  branches: Branch[];
}

export interface HistoryRequest {
  terms: readonly string[];
  /** The session that is asked in. */
  sessionId: string | null;
  /** The session whose branch of its tree is seen. */
  seenFrom: string | null;
  /** How many of the newest interactions. */
  recent: number;
  /** Characters to read of each text. */
  characters: number;
  /** Interactions without a block to read at the most. */
  unsealed: number;
  /** Facts of the profile to read at the most. */
  facts: number;
}

@Injectable()
export class MemoryRepository {
  constructor(private readonly database: Database) {}

  /** All in one flush. Null when a write or a new block came between its statements; undefined when there is no such user. */
  async history(userId: string, request: HistoryRequest): Promise<HistoryRead | null | undefined> {
    const { terms, sessionId, seenFrom, recent, characters, unsealed: most } = request;
    const values = [userId, characters, most, recent];
    const [blockRows, turnRows, factRows, branchRows] = await Promise.all([
      this.database.read(blocks, [userId, terms, sessionId]),
      sessionId
        ? this.database.read(turnsOfSession, [...values, sessionId])
        : this.database.read(turnsOfUser, values),
      request.facts > 0 ? this.database.read(facts, [userId, request.facts]) : [],
      seenFrom ? this.database.read(branches, [userId, seenFrom]) : [],
    ]);
    const [user] = blockRows;
    const [first] = turnRows;
    if (!user || !first) return undefined;
    const found = user.fromSequence === null ? [] : (blockRows as unknown as ReadBlock[]);
    const sealedTo = found.at(-1)?.toSequence ?? 0;
    const blank = found.filter(({ docs }) => docs === null).length;
    const isSame =
      [...factRows, ...branchRows].every(({ revision: at }) => at === user.revision) &&
      user.revision === first.userRevision &&
      sealedTo === first.sealedTo &&
      blank === first.blank;
    if (!isSame) return null;
    return {
      ...user,
      blocks: found,
      unsealed: turnRows.filter((turn) => turn.unsealed === true).sort(inOrder),
      recent: turnRows.filter((turn) => turn.unsealed === false).sort((one, other) => inOrder(other, one)),
      facts: factRows.flatMap((row) => (row.id === null ? [] : [row])),
      branches: branchRows.flatMap((row) => (row.id === null ? [] : [row])),
    };
  }

  similar(userId: string, terms: readonly string[]): Promise<SimilarTerm[]> {
    return this.database.read(similar, [userId, terms]);
  }

  /** In no order; those that are gone are missing. */
  turnsAt(userId: string, sequences: readonly number[]): Promise<Turn[]> {
    return sequences.length > 0 ? this.database.read(turnsAt, [userId, sequences]) : Promise.resolve([]);
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

  /** The oldest interactions after the last block, in the order of the log. */
  unsealed(userId: string, characters: number, limit: number): Promise<LoggedTurn[]> {
    return this.database.query(unsealed, [userId, characters, limit]);
  }

  range(userId: string, characters: number, first: number, last: number): Promise<LoggedTurn[]> {
    return this.database.query(range, [userId, characters, first, last]);
  }

  blankBlocks(userId: string): Promise<{ first: number; last: number }[]> {
    return this.database.query(blank, [userId]);
  }

  /** False when the range is not any more as `turns` were read. */
  async seal(
    userId: string,
    { first, last }: { first: number; last: number },
    turns: readonly LoggedTurn[],
    block: { docs: Buffer; legend: BlockLegend; postings: BlockPostings } | null,
  ): Promise<boolean> {
    const newest = turns.reduce((highest, turn) => Math.max(highest, turn.revision), 0);
    const [row] = await this.database.query(seal, [
      userId,
      first,
      last,
      turns.length,
      newest,
      block?.docs,
      block?.legend,
      block?.postings,
    ]);
    return row!.sealed;
  }
}

export function inOrder(one: Turn, other: Turn): number {
  return one.sequence - other.sequence;
}
