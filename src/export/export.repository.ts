import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { ExportInput } from './export.input.js';

const keep = statement<{ expiresAt: string }>(
  'keep_export_ticket',
  `with swept as (delete from export_tickets where user_id = (select as_user($1)) and expires_at < now())
   insert into export_tickets (user_id, digest, request, expires_at)
   values ((select as_user($1)), $2, $3, now() + make_interval(secs => $4))
   returning expires_at as "expiresAt"`,
);

const sweep = statement<{ count: number }>(
  'sweep_export_tickets',
  `with expired as (
     select user_id, digest from export_tickets where expires_at < now() for update skip locked
   ), swept as (
     delete from export_tickets t using expired where t.user_id = expired.user_id and t.digest = expired.digest
     returning 1
   )
   select count(*) from swept`,
);

const claim = statement<{ userId: string; request: ExportInput }>(
  'claim_export_ticket',
  'select user_id as "userId", request from claim_export_ticket($1)',
);

@Injectable()
export class ExportRepository {
  constructor(private readonly database: Database) {}

  /** Returns when it expires. */
  async keep(userId: string, digest: Buffer, request: ExportInput, seconds: number): Promise<string> {
    const [row] = await this.database.query(keep, [userId, digest, JSON.stringify(request), seconds]);
    return row!.expiresAt;
  }

  /** Drops the expired ones of everybody; returns how many. */
  async sweep(): Promise<number> {
    return (await this.database.ownerQuery(sweep, []))[0]!.count;
  }

  /** What a ticket was made for; it is gone then. */
  async claim(digest: Buffer): Promise<{ userId: string; request: ExportInput } | null> {
    const [row] = await this.database.query(claim, [digest]);
    return row ?? null;
  }
}
