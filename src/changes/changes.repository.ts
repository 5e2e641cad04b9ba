import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';

const usersWithOld = statement<{ userId: string }>(
  'users_with_old_changes',
  'select user_id as "userId" from users_with_old_changes($1, $2, $3) as user_id',
);

const forget = statement<{ deleted: number }>(
  'forget_changes',
  'select forget_changes($1, $2, $3) as deleted',
);

@Injectable()
export class ChangesRepository {
  constructor(private readonly database: Database) {}

  /** Users beyond the given one, in the order of ids, with changes from before the time. */
  usersWithOld(before: Date, beyond: string, limit: number): Promise<{ userId: string }[]> {
    return this.database.ownerQuery(usersWithOld, [before, beyond, limit]);
  }

  /** Deletes the oldest changes of a user, up to the time and the limit; returns how many. */
  async forget(userId: string, before: Date, limit: number): Promise<number> {
    const [row] = await this.database.ownerQuery(forget, [userId, before, limit]);
    return row!.deleted;
  }
}
