import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';

const users = statement<{ userId: string; isDue: boolean }>(
  'users_to_compress',
  'select user_id as "userId", is_due as "isDue" from users_to_compress($1, $2, $3) order by user_id',
);

const compress = statement<{ compressed: number }>(
  'compress_interactions',
  'select compress_interactions($1, $2, $3) as compressed',
);

@Injectable()
export class CompressionRepository {
  constructor(private readonly database: Database) {}

  /** Users beyond the given one, in the order of ids, and whether they have enough interactions from before the time. */
  users(before: Date, beyond: string, limit: number): Promise<{ userId: string; isDue: boolean }[]> {
    return this.database.ownerQuery(users, [before, beyond, limit]);
  }

  /** Compresses the oldest interactions of a user, into so many values at the most; returns how many. */
  async compress(userId: string, before: Date, values: number): Promise<number> {
    const [row] = await this.database.ownerQuery(compress, [userId, before, values]);
    return row!.compressed;
  }
}
