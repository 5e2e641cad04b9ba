import { Injectable } from '@nestjs/common';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { statement, type Statement } from '../database/statement.js';
import type { Interaction } from './interaction.model.js';

const byId = statement<Interaction>(
  'interaction_by_id',
  `select * from interaction_model where "userId" = (select as_user($1)) and id = $2`,
);

/** What most lists show. Leaving the rest out, JSON above all, saves much of what reading a page costs. */
const BRIEF: readonly (keyof Interaction)[] = [
  'id',
  'sessionId',
  'sequence',
  'revision',
  'status',
  'modality',
  'question',
  'answer',
  'questionTokens',
  'answerTokens',
  'occurredAt',
  'createdAt',
];
const needsNoMore = new Set<string>([...BRIEF, 'session', '__typename']);

/**
 * What a page may take up before it ends; 8 MiB took longer than a busy database may. It may hold one turn more, of any
 * size that a request could bring.
 */
const PAGE_BYTES = 4 * 1024 * 1024;

/** The statements of one list. */
interface List {
  /** Without what is large. */
  light: Statement<LightInteraction>;
  /**
   * With it, ending where the page exceeds {@link PAGE_BYTES}. Never before its second turn: the first may be the one
   * that the last page of messages ended in. Weighing costs a quarter more, so it is for pages that need it.
   */
  whole: Statement<Interaction>;
}

interface LightInteraction extends Interaction {
  large: boolean;
}

type Order = 'asc' | 'desc';

/** A list of the user's interactions that meet a condition, in one direction; the limit is the last parameter. */
function listOf(name: string, order: Order, condition: string, limit: string): List {
  return listBy(
    name,
    order,
    (model) =>
      `select * from ${model} where "userId" = (select as_user($1)) ${condition} order by sequence ${order} limit ${limit}`,
  );
}

/**
 * What a session ($2) has in its history beyond a sequence ($3), at most $4. A fork has turns of its ancestors before its
 * own: `session_parts` says so too, but its own turns are asked for by themselves, so that those of a session that is no
 * fork come out of the index in order.
 */
function historyOf(name: string, order: Order, beyond: '<' | '>'): List {
  const end = `order by sequence ${order} limit $4`;
  const turns = (model: string) => `select * from ${model} where "userId" = (select as_user($1))
    and sequence ${beyond} $3`;
  return listBy(
    name,
    order,
    (model) =>
      `select * from (
         (${turns(model)} and "sessionId" = $2 ${end})
         union all
         (select inherited.* from session_ancestors a
          cross join lateral (${turns(model)} and "sessionId" = a.ancestor_id and sequence <= a.up_to ${end}) inherited
          where a.user_id = (select as_user($1)) and a.session_id = $2 ${end})
       ) history ${end}`,
  );
}

/** `page` is the list as it is read from a model. */
function listBy(name: string, order: Order, page: (model: string) => string): List {
  return {
    light: statement(name, page('light_interaction_model')),
    whole: statement(
      `${name}_whole`,
      `select * from (
         select *, row_number() over page as place, sum(
           coalesce(octet_length(question), 0) + coalesce(octet_length(answer), 0) + octet_length(steps::text)
           + octet_length(metadata::text) + coalesce(octet_length("contextUsed"::text), 0)
         ) over page as bytes
         from (${page('interaction_model')}) one
         window page as (order by sequence ${order} rows between unbounded preceding and 1 preceding)
       ) weighed where place <= 2 or bytes < ${PAGE_BYTES} order by sequence ${order}`,
    ),
  };
}

const recent = listOf('recent_interactions', 'desc', '', '$2');
const recentBrief: List = {
  light: statement<LightInteraction>(
    'recent_interactions_brief',
    `select ${BRIEF.map((column) => `"${column}"`).join(', ')}, large from light_interaction_model
     where "userId" = (select as_user($1)) order by sequence desc limit $2`,
  ),
  whole: recent.whole,
};
const recentOfGroup = listOf(
  'recent_interactions_of_group',
  'desc',
  `and "sessionId" in (
     select id from sessions where user_id = (select as_user($1)) and scope = $2 and privacy = 'GROUP')`,
  '$3',
);
const forward = historyOf('session_interactions_forward', 'asc', '>');
const backward = historyOf('session_interactions_backward', 'desc', '<');

/** Rows in reading direction. */
export interface Rows {
  rows: Interaction[];
  /** Whether they are fewer than asked for, and there are, because they are large. */
  cut: boolean;
}

@Injectable()
export class InteractionsRepository {
  constructor(private readonly database: Database) {}

  async byId(userId: string, id: string): Promise<Interaction | null> {
    const [interaction] = await this.database.read(byId, [userId, id]);
    return interaction ?? null;
  }

  /** Newest first; with at least the given fields. */
  async recent(userId: string, limit: number, fields: ReadonlySet<string>): Promise<Interaction[]> {
    const list = fields.isSubsetOf(needsNoMore) ? recentBrief : recent;
    const { rows } = await this.read(list, [userId, limit]);
    return rows;
  }

  /** Newest first; of what was said in a group's scope. */
  async recentOfGroup(userId: string, scope: string, limit: number): Promise<Interaction[]> {
    return (await this.read(recentOfGroup, [userId, scope, limit])).rows;
  }

  /** Up to `limit` interactions of a session's history beyond a sequence. */
  ofSession(
    userId: string,
    sessionId: string,
    { backward: isBackward }: Pick<Page, 'backward'>,
    beyond: number | undefined,
    limit: number,
  ): Promise<Rows> {
    return isBackward
      ? this.read(backward, [userId, sessionId, beyond ?? Number.MAX_SAFE_INTEGER, limit])
      : this.read(forward, [userId, sessionId, beyond ?? 0, limit]);
  }

  private async read({ light, whole }: List, values: unknown[]): Promise<Rows> {
    const rows = await this.database.read(light, values);
    if (!rows.some(({ large }) => large)) return { rows, cut: false };
    const weighed = await this.database.query(whole, values);
    return { rows: weighed, cut: weighed.length < rows.length };
  }
}
