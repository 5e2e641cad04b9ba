import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';

/** What embeddings are kept in: there, or what is in the way. */
export type StoreState = 'READY' | 'NOT_INSTALLED' | 'NOT_PERMITTED' | 'TOO_OLD';

/** A user some of whose turns may have no embedding of the model. */
export interface UserBehind {
  userId: string;
  /** The revision up to which all have one. */
  since: number;
  /** The revision up to which all have one when none is found any more. */
  revision: number;
}

/** A turn that has no embedding of the model. */
export interface UnembeddedTurn {
  id: string;
  revision: number;
  question: string | null;
  answer: string | null;
  /** The client's names of the speakers by role, if it gave any. */
  speakers: { USER?: unknown; ASSISTANT?: unknown } | null;
}

/** The embedding of one utterance: of the question (side 0) or the answer (1) of a turn. */
export interface StoredEmbedding {
  turn: UnembeddedTurn;
  side: 0 | 1;
  /** Of length 1; null when there is none to be had. */
  vector: readonly number[] | null;
}

export interface NearestRequest {
  vector: readonly number[];
  most: number;
  /** Only of these sessions, of all when null. */
  sessions: readonly string[] | null;
  /** Only these sides, both when null. */
  sides: readonly number[] | null;
  /** The least cosine. */
  floor: number;
}

/** An utterance by its place in the log. */
export interface Near {
  sequence: number;
  side: 0 | 1;
}

const enable = statement<{ state: StoreState }>('enable_embeddings', 'select enable_embeddings() as state');

const IS_BEHIND = `(p.user_id is null or p.model <> coalesce($1, p.model) or p.revision < r.value) and r.value > 0`;

// Of two processes that want the same user the second finds the lease of the first.
const claim = statement<UserBehind>(
  'claim_users_to_embed',
  `with behind as materialized (
     select r.user_id, r.value from revisions r left join embedding_progress p using (user_id)
     where ${IS_BEHIND} and (p.leased_until is null or p.leased_until < now())
     limit $2
   ), claimed as (
     insert into embedding_progress as p (user_id, model, revision, leased_until)
     select user_id, $1, 0, now() + make_interval(secs => $3) from behind
     on conflict (user_id) do update set
       revision = case when p.model = excluded.model then p.revision else 0 end,
       model = excluded.model, leased_until = excluded.leased_until
     where p.leased_until is null or p.leased_until < now()
     returning user_id, revision
   )
   select c.user_id as "userId", c.revision as since, b.value as revision
   from claimed c join behind b using (user_id)`,
);

const release = statement<object>(
  'release_user_to_embed',
  `update embedding_progress set leased_until = null, revision = coalesce($3, revision)
   where user_id = ${ME} and model = $2`,
);

const countBehind = statement<{ count: number }>(
  'count_users_to_embed',
  `select count(*) as count from (
     select from revisions r left join embedding_progress p using (user_id) where ${IS_BEHIND} limit $2
   ) behind`,
);

const otherModel = statement<{ model: string }>(
  'other_model_of_embeddings',
  `select p.model from embedding_progress p join revisions r using (user_id)
   where p.model <> $1 and p.revision > 0 and r.value > 0 limit 1`,
);

const toEmbed = statement<UnembeddedTurn>(
  'turns_to_embed',
  'select * from turns_to_embed($1, $2, $3, $4, $5)',
);

const store = statement<object>('store_embeddings', 'select store_embeddings($1, $2, $3, $4, $5, $6)');

const nearest = statement<Near>(
  'nearest_utterances',
  'select * from nearest_utterances($1, $2, $3, $4, $5, $6, $7, $8)',
);

@Injectable()
export class EmbeddingsRepository {
  constructor(private readonly database: Database) {}

  async enable(): Promise<StoreState> {
    return (await this.database.ownerQuery(enable, []))[0]!.state;
  }

  /** Users of anyone's, for `seconds` this process's alone. */
  claim(model: string, most: number, seconds: number): Promise<UserBehind[]> {
    return this.database.ownerQuery(claim, [model, most, seconds]);
  }

  /** Ends a claim; with a revision, everything up to it has its embedding. */
  async release(userId: string, model: string, revision: number | null): Promise<void> {
    await this.database.query(release, [userId, model, revision]);
  }

  /** How many users are behind, counted up to a limit; of whatever model when it is not known. */
  async countBehind(model: string | null, limit: number): Promise<number> {
    return (await this.database.ownerQuery(countBehind, [model, limit]))[0]!.count;
  }

  /** Another model of which there are embeddings, if there are. */
  async otherModel(model: string): Promise<string | null> {
    const [other] = await this.database.ownerQuery(otherModel, [model]);
    return other?.model ?? null;
  }

  /** Newest first. */
  toEmbed(
    { userId, since }: UserBehind,
    model: string,
    characters: number,
    most: number,
  ): Promise<UnembeddedTurn[]> {
    return this.database.query(toEmbed, [userId, model, since, characters, most]);
  }

  /** Leaves out what has changed since it was read. */
  async store(userId: string, model: string, embeddings: readonly StoredEmbedding[]): Promise<void> {
    await this.database.query(store, [
      userId,
      model,
      embeddings.map(({ turn }) => turn.id),
      embeddings.map(({ turn }) => turn.revision),
      embeddings.map(({ side }) => side),
      embeddings.map(({ vector }) => vector && textOf(vector)),
    ]);
  }

  nearest(
    userId: string,
    model: string,
    { vector, most, sessions, sides, floor }: NearestRequest,
  ): Promise<Near[]> {
    const values = [userId, model, textOf(vector), vector.length, most, sessions, sides, floor];
    return this.database.query(nearest, values);
  }
}

function textOf(vector: readonly number[]): string {
  return `[${vector.join()}]`;
}
