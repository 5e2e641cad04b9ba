import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';
import type { BlockLegend, PackedBlock } from './block.js';
import type { Branch } from './log.js';
import { TURN, type KnownFact, type Turn, type TurnRow } from './memory.repository.js';

/** The place of a block in the log, and its version; null when it is blank. */
type BlockPlace = [fromSequence: number, toSequence: number, version: string | null];

/** What a read of the index tells of the user, with each block that the reader has not; nulls when there is none. */
interface UserRow extends Omit<HistoryRead, 'blocks' | 'turns' | 'facts' | 'branches'> {
  fromSequence: number | null;
  version: string;
  docs: Buffer;
  legend: BlockLegend;
  postings: string;
}

// The newest $5 interactions, the newest first.
const NEWEST = `select i.sequence from interactions i where i.user_id = ${ME} order by i.sequence desc limit $5`;
const newestOfHistory = (session: string): string =>
  `select i.sequence from session_parts p
   cross join lateral (
     select n.sequence from interactions n
     where n.user_id = ${ME} and n.session_id = p.part_id and n.sequence <= p.up_to
     order by n.sequence desc limit $5
   ) i
   where p.user_id = ${ME} and p.session_id = ${session} order by i.sequence desc limit $5`;

// The limit keeps the planner from reading the whole log for a few blank blocks, or none (7 ms for 10,000 turns); below,
// for the newest turns, the offset does.
const turnsOfBlock = (block: string, interactions = 'whole_interactions'): string =>
  `(select * from ${interactions} i
    where i.user_id = ${ME} and i.sequence between ${block}.from_sequence and ${block}.to_sequence
    order by i.sequence limit $4)`;

// $2: versions of the blocks that the reader has, $3: the session whose newest interactions are wanted, if not those of
// all, $4: turns without a block to tell of at the most, $5: newest interactions.
const blocks = statement<UserRow>(
  'recall_blocks',
  `select r.value as revision, u.display_name as "displayName", u.time_zone as "timeZone",
     exists (select from sessions s where s.user_id = ${ME} and s.id = $3) as "hasSession",
     exists (select from summaries m where m.user_id = ${ME}) as "hasSummaries",
     (select s.scope from sessions s
      where s.user_id = ${ME} and s.id = $3 and is_group_scope(s.user_id, s.scope)) as "groupScope",
     exists (
       select from sessions s where s.user_id = ${ME} and s.id = $3
         and s.privacy = 'PRIVATE' and is_group_scope(s.user_id, s.scope)) as "isOutside",
     coalesce((
       select json_agg(json_build_array(
         p.from_sequence, p.to_sequence, case when p.postings is not null then p.version end) order by p.from_sequence)
       from recall_blocks p where p.user_id = ${ME}), '[]') as places,
     coalesce((
       select json_agg(t.sequence order by t.sequence) from (
         (select i.sequence from interactions i
          where i.user_id = ${ME}
            and i.sequence > (select coalesce(max(to_sequence), 0) from recall_blocks where user_id = ${ME})
          order by i.sequence limit $4)
         union all
         (select i.sequence from recall_blocks p cross join lateral ${turnsOfBlock('p', 'interactions')} i
          where p.user_id = ${ME} and p.postings is null order by i.sequence limit $4)
       ) t), '[]') as unsealed,
     coalesce(
       case when $3::uuid is null then (select json_agg(n.sequence) from (${NEWEST}) n)
         else (select json_agg(n.sequence) from (${newestOfHistory('$3')}) n) end, '[]') as newest,
     b.from_sequence as "fromSequence", b.version, b.docs, b.legend, b.postings
   from revisions r
   join users u on u.id = r.user_id
   left join recall_blocks b
     on b.user_id = ${ME} and b.postings is not null and b.version <> all($2::uuid[])
   where r.user_id = ${ME}`,
);

// The reader has all turns from $2 on as they were at the revision $3. $4: turns without a block at the most, $5: newest
// interactions, of the session $6 if that is given, $7: characters of a text.
const turns = (ofSession: boolean) => {
  const characters = ofSession ? '$7' : '$6';
  const columns = `${TURN}, s.type as "sessionType", left(i.question, ${characters}) as question,
    left(i.answer, ${characters}) as answer`;
  const session = `join sessions s on s.user_id = i.user_id and s.id = i.session_id and s.user_id = ${ME}`;
  const isNew = '(i.sequence < $2 or i.revision > $3)';
  return statement<TurnRow>(
    ofSession ? 'recall_turns_of_session' : 'recall_turns',
    `select r.value as "userRevision", t.*
     from revisions r
     cross join (
       select coalesce(max(to_sequence), 0) as until from recall_blocks where user_id = ${ME}
     ) sealed
     left join lateral (
       (select ${columns} from whole_interactions i ${session}
        where i.user_id = ${ME} and i.sequence > sealed.until and ${isNew} order by i.sequence limit $4)
       union all
       (select ${columns}
        from recall_blocks b cross join lateral ${turnsOfBlock('b')} i ${session}
        where b.user_id = ${ME} and b.postings is null order by i.sequence limit $4)
       union all
       (select ${columns}
        from (${ofSession ? newestOfHistory('$6') : NEWEST}) n
        cross join lateral (select * from whole_interactions where user_id = ${ME} and sequence = n.sequence offset 0) i
        ${session}
        where i.sequence <= sealed.until and ${isNew})
     ) t on true
     where r.user_id = ${ME}`,
  );
};
const turnsOfUser = turns(false);
const turnsOfSession = turns(true);

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

/** What a reader has of a user's log already. */
export interface Known {
  /** The revision it was read at. */
  revision: number;
  /** Versions of blocks. */
  versions: readonly string[];
  /** It has all turns from here on. */
  from: number;
}

/** What one question reads of a user's log beside what is known, all of it at one revision. */
export interface HistoryRead {
  revision: number;
  displayName: string | null;
  timeZone: string;
  hasSession: boolean;
  hasSummaries: boolean;
  /** The scope that the session sees nothing beyond, because others are there; null otherwise. */
  groupScope: string | null;
  /** Whether the session is in the scope of a group that has not heard it: then it sees nothing of itself. */
  isOutside: boolean;
  /** Of all blocks, in the order of the log. */
  places: BlockPlace[];
  /** What no block tells of, by place in the log. */
  unsealed: number[];
  /** Places of the newest, newest first. */
  newest: number[];
  /** By version: blocks that are not known. */
  blocks: Map<string, { fromSequence: number } & PackedBlock>;
  /** By place in the log: turns of `unsealed` and `newest` that are not known. */
  turns: Map<number, Turn>;
  /** What is known of the user, first what matters most. */
  facts: KnownFact[];
  /** What the session does not see; none of most sessions. */
  branches: Branch[];
}

export interface HistoryRequest {
  known: Known;
  /** The session that is asked in. */
  sessionId: string | null;
  /** The session whose branch of its tree is seen. */
  seenFrom: string | null;
  /** How many of the newest interactions. */
  recent: number;
  /** Characters to read of each text. */
  characters: number;
  /** Interactions without a block to tell of at the most. */
  unsealed: number;
  /** Facts of the profile to read at the most. */
  facts: number;
}

/** Reads what a reader does not know yet of a user's log. */
@Injectable()
export class HistoryRepository {
  constructor(private readonly database: Database) {}

  /** All in one flush. Null when a write came between its statements; undefined when there is no such user. */
  async read(userId: string, request: HistoryRequest): Promise<HistoryRead | null | undefined> {
    const { known, sessionId, seenFrom, recent, characters, unsealed: most } = request;
    const ofTurns = [userId, known.from, known.revision, most, recent];
    const [userRows, turnRows, factRows, branchRows] = await Promise.all([
      this.database.read(blocks, [userId, known.versions, sessionId, most, recent]),
      sessionId
        ? this.database.read(turnsOfSession, [...ofTurns, sessionId, characters])
        : this.database.read(turnsOfUser, [...ofTurns, characters]),
      request.facts > 0 ? this.database.read(facts, [userId, request.facts]) : [],
      seenFrom ? this.database.read(branches, [userId, seenFrom]) : [],
    ]);
    const [user] = userRows;
    const [first] = turnRows;
    if (!user || !first) return undefined;
    const { revision } = user;
    const isSame = [...factRows, ...branchRows].every((row) => row.revision === revision);
    if (!isSame || first.userRevision !== revision) return null;
    return {
      ...user,
      blocks: new Map(
        userRows.flatMap(({ fromSequence, version, docs, legend, postings }) =>
          fromSequence === null ? [] : [[version, { fromSequence, docs, legend, postings }]],
        ),
      ),
      turns: new Map(turnRows.flatMap((turn) => (turn.id === null ? [] : [[turn.sequence, turn]]))),
      facts: factRows.flatMap((row) => (row.id === null ? [] : [row])),
      branches: branchRows.flatMap((row) => (row.id === null ? [] : [row])),
    };
  }
}
