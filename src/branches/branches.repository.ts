import { Injectable } from '@nestjs/common';
import { MAX, NIL } from 'uuid';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';
import type { Interaction } from '../interactions/interaction.model.js';
import type { Session } from '../sessions/session.model.js';

/** A place in the order of forks. */
type Bound = readonly [startedAt: unknown, id: unknown];

const forks = (backward: boolean) => {
  const order = backward ? 'desc' : 'asc';
  return statement<Session>(
    `forks_page_${backward ? 'backward' : 'forward'}`,
    `select * from session_model
     where "userId" = ${ME} and "parentSessionId" = $2
       and ("startedAt", id) > ($3, $4) and ("startedAt", id) < ($5, $6)
     order by "startedAt" ${order}, id ${order} limit $7`,
  );
};
const forward = forks(false);
const backward = forks(true);

// A session that has never been forked, and is no fork, is a tree of its own.
const tree = statement<Session>(
  'session_tree',
  `select m.* from (
     select s.id from sessions s where s.user_id = ${ME} and s.id = $2
     union
     select other.id from sessions s
     join sessions other on other.user_id = ${ME} and other.tree_id = s.tree_id
     where s.user_id = ${ME} and s.id = $2
   ) one
   join session_model m on m."userId" = ${ME} and m.id = one.id
   order by m."startedAt", m.id limit $3`,
);

const interactions = statement<Interaction>(
  'fork_points',
  `select * from interaction_model where "userId" = ${ME} and id = any($2)`,
);

const inherited = statement<{ id: string; count: number }>(
  'inherited_interaction_counts',
  `select a.session_id as id, count(*) as count
   from session_ancestors a
   join interactions i on i.user_id = ${ME} and i.session_id = a.ancestor_id and i.sequence <= a.up_to
   where a.user_id = ${ME} and a.session_id = any($2) group by a.session_id`,
);

@Injectable()
export class BranchesRepository {
  constructor(private readonly database: Database) {}

  /** Up to `limit + 1` forks of a session in reading direction, the oldest first; `position` is that of the cursor. */
  forks(
    userId: string,
    sessionId: string,
    { backward: isBackward, limit }: Page,
    position: Bound | undefined,
  ): Promise<Session[]> {
    const first: Bound = ['-infinity', NIL];
    const last: Bound = ['infinity', MAX];
    const range = isBackward ? [first, position ?? last] : [position ?? first, last];
    const values = [userId, sessionId, ...range.flat(), limit + 1];
    return this.database.read(isBackward ? backward : forward, values);
  }

  /** Oldest first; none when there is no such session. */
  tree(userId: string, sessionId: string, limit: number): Promise<Session[]> {
    return this.database.read(tree, [userId, sessionId, limit]);
  }

  /** In no order; those that are gone are missing. */
  interactions(userId: string, ids: readonly string[]): Promise<Interaction[]> {
    return this.database.read(interactions, [userId, ids]);
  }

  /** How many turns of other sessions the sessions have; those that have none are missing. */
  inherited(userId: string, ids: readonly string[]): Promise<{ id: string; count: number }[]> {
    return this.database.read(inherited, [userId, ids]);
  }
}
