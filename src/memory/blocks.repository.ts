import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';
import type { LoggedTurn, PackedBlock } from './block.js';

const LOGGED = `sequence, revision, session_id as "sessionId", question_tokens as "questionTokens",
  answer_tokens as "answerTokens", extract(epoch from occurred_at)::float8 * 1000 as at,
  metadata -> 'speakers' as speakers, left(question, $2) as question, left(answer, $2) as answer`;

const unsealed = statement<LoggedTurn>(
  'recall_unsealed',
  `select ${LOGGED} from whole_interactions
   where user_id = ${ME}
     and sequence > (select coalesce(max(to_sequence), 0) from recall_blocks where user_id = ${ME})
   order by sequence limit $3`,
);

const range = statement<LoggedTurn>(
  'recall_range',
  `select ${LOGGED} from whole_interactions where user_id = ${ME} and sequence between $3 and $4 order by sequence`,
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

/** What blocks are made of, and their storage. */
@Injectable()
export class BlocksRepository {
  constructor(private readonly database: Database) {}

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
    block: PackedBlock | null,
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
