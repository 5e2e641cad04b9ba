import { Injectable } from '@nestjs/common';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { DeletionReceipt } from './deletion-receipt.model.js';

const MODEL = 'revision, kind, subject_id as "subjectId", at, removed, rebuilt';

const ofSubject = statement<DeletionReceipt>(
  'deletion_receipt_of_subject',
  `select ${MODEL} from deletion_receipts where user_id = (select as_user($1)) and subject_id = $2
   order by revision desc limit 1`,
);

const newestFirst = statement<DeletionReceipt>(
  'deletion_receipts_newest_first',
  `select ${MODEL} from deletion_receipts
   where user_id = (select as_user($1)) and ($2::bigint is null or revision < $2) order by revision desc limit $3`,
);

const oldestFirst = statement<DeletionReceipt>(
  'deletion_receipts_oldest_first',
  `select ${MODEL} from deletion_receipts
   where user_id = (select as_user($1)) and ($2::bigint is null or revision > $2) order by revision limit $3`,
);

const forget = statement<object>(
  'forget_deletion_receipts',
  `delete from deletion_receipts where (user_id, revision) in (
     select user_id, revision from deletion_receipts where at < $1 order by at limit $2) returning 1`,
);

@Injectable()
export class DeletionsRepository {
  constructor(private readonly database: Database) {}

  /** The newest, where something was deleted more than once: a session may have been cleared before. */
  async ofSubject(userId: string, subjectId: string): Promise<DeletionReceipt | undefined> {
    const [receipt] = await this.database.read(ofSubject, [userId, subjectId]);
    return receipt;
  }

  /** Up to `limit + 1` rows in reading direction. */
  page(userId: string, { backward, limit }: Page, beyond: number | null): Promise<DeletionReceipt[]> {
    return this.database.read(backward ? oldestFirst : newestFirst, [userId, beyond, limit + 1]);
  }

  /** Deletes the oldest of everybody, up to the time and the limit; returns how many. */
  async forget(before: Date, limit: number): Promise<number> {
    return (await this.database.ownerQuery(forget, [before, limit])).length;
  }
}
