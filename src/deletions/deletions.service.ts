import { Injectable } from '@nestjs/common';
import { Cursors } from '../common/cursor.js';
import { NotFoundError } from '../common/errors.js';
import { connectionOf, pageOf, type Connection, type ConnectionArgs } from '../common/pagination.js';
import type { DeletionReceipt } from './deletion-receipt.model.js';
import { DeletionsRepository } from './deletions.repository.js';

const CURSOR_KIND = 'deletion-receipts';
const RECEIPTS_PER_PAGE = 5000;
const DAY_MS = 86_400_000;

/** Receipts of deletions. The database writes them: see open_receipt(). */
@Injectable()
export class DeletionsService {
  constructor(
    private readonly repository: DeletionsRepository,
    private readonly cursors: Cursors,
  ) {}

  async receipt(userId: string, subjectId: string): Promise<DeletionReceipt> {
    const receipt = await this.repository.ofSubject(userId, subjectId);
    if (!receipt) throw new NotFoundError('Receipt');
    return receipt;
  }

  async list(userId: string, args: ConnectionArgs): Promise<Connection<DeletionReceipt>> {
    const page = pageOf(args);
    const beyond =
      page.cursor === undefined
        ? null
        : (this.cursors.decode(CURSOR_KIND, userId, page.cursor, page.cursorPath)[0] as number);
    const rows = await this.repository.page(userId, page, beyond);
    return connectionOf(rows, page, ({ revision }) => this.cursors.encode(CURSOR_KIND, userId, [revision]));
  }

  /** Deletes everybody's receipts of more than so many days ago; returns how many. */
  async forget(days: number, signal?: AbortSignal): Promise<number> {
    const before = new Date(Date.now() - days * DAY_MS);
    let deleted = 0;
    while (!signal?.aborted) {
      const page = await this.repository.forget(before, RECEIPTS_PER_PAGE);
      deleted += page;
      if (page < RECEIPTS_PER_PAGE) break;
    }
    return deleted;
  }
}
