import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';
import type { Interaction } from '../interactions/interaction.model.js';
import type { AnswerVersion } from './answer.model.js';

/** How far the newest answer of an interaction has come. */
interface AnswerProgress {
  version: number;
  /** What has been written from a place on, while it is being written. */
  text: string | null;
  /** The interaction once it is no longer pending. */
  interaction: Interaction | null;
  /** Whether the client answered it while an answer was being written here. */
  overtaken: boolean;
  /** What became of the newest answer where an earlier one stands, because this one failed. */
  failed: { answer: string | null; error: string; errorCode: string } | null;
  /** Which answer stands. */
  standing: number;
}

/** Of the one that `stands` the interaction holds what the client sees. */
export type StoredVersion = AnswerVersion & { interactionId: string; stands: boolean };

// $3: the version of which everything before $4 is known.
const progress = statement<AnswerProgress>(
  'answer_progress',
  `select coalesce(a.version, 1) as version,
     (select string_agg(p.text, '' order by p.start) from answer_pieces p
      where p.user_id = ${ME} and p.interaction_id = $2 and p.version = a.version
        and p.start >= case when a.version = $3 then $4 else 0 end) as text,
     case when i.status <> 'PENDING' then to_json(i) end as interaction,
     i.status <> 'PENDING' and a.run_id is not null as overtaken,
     case when a.status is not null then
       json_build_object('answer', a.answer, 'error', a.error, 'errorCode', a.error_code) end as failed,
     coalesce(s.version, 1) as standing
   from interaction_model i
   left join lateral (
     select * from answers where user_id = ${ME} and interaction_id = $2 order by version desc limit 1
   ) a on true
   left join lateral (
     select version from answers where user_id = ${ME} and interaction_id = $2 and status is null
     order by version desc limit 1
   ) s on true
   where i."userId" = ${ME} and i.id = $2`,
);

const versions = statement<StoredVersion>(
  'answer_versions',
  `select interaction_id as "interactionId", status is null as stands, version, status, answer, answer_tokens as "answerTokens", error,
     error_code as "errorCode", context_used as "contextUsed", rating, rating_comment as "ratingComment", model,
     finish_reason as "finishReason", started_at as "startedAt", first_token_at as "firstTokenAt",
     completed_at as "completedAt"
   from answers where user_id = ${ME} and interaction_id = any($2)
   order by version`,
);

const abandoned = statement<{ userId: string; interactionId: string }>(
  'abandoned_answers',
  `select user_id as "userId", interaction_id as "interactionId" from abandoned_answers($1)`,
);

@Injectable()
export class AnswersRepository {
  constructor(private readonly database: Database) {}

  /** What there is of the answer beyond `offset`, if `version` is the newest; null when there is no such interaction. */
  async progress(
    userId: string,
    interactionId: string,
    version = 0,
    offset = 0,
  ): Promise<AnswerProgress | null> {
    const [row] = await this.database.read(progress, [userId, interactionId, version, offset]);
    return row ?? null;
  }

  versions(userId: string, interactionIds: readonly string[]): Promise<StoredVersion[]> {
    return this.database.read(versions, [userId, interactionIds]);
  }

  /** Answers of anyone that nobody writes any more. */
  abandoned(limit: number): Promise<{ userId: string; interactionId: string }[]> {
    return this.database.ownerQuery(abandoned, [limit]);
  }
}
