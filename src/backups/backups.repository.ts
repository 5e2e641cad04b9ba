import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Backup, BackupSchedule } from './backup.model.js';

export interface BackupReference {
  userId: string;
  backupId: string;
}

const byId = statement<Backup>(
  'backup_by_id',
  `select * from backup_model where "userId" = (select as_user($1)) and id = $2`,
);

const ofUser = statement<Backup>(
  'backups_of_user',
  `select * from backup_model where "userId" = (select as_user($1)) order by "createdAt" desc, id desc`,
);

const madeBefore = statement<Backup>(
  'backups_made_before',
  `select * from backup_model
   where "userId" = (select as_user($1)) and "createdAt" <= $2 and status = 'COMPLETED' order by "createdAt" desc, id desc`,
);

const schedule = statement<BackupSchedule>(
  'backup_schedule',
  `select * from backup_schedule_model where "userId" = (select as_user($1))`,
);

const due = statement<{ userId: string; slot: string }>(
  'due_backups',
  'select user_id as "userId", next_at as slot from backup_schedules where next_at <= now() order by next_at limit $1',
);

const pending = statement<BackupReference>(
  'pending_backups',
  `select user_id as "userId", id as "backupId" from backups where status = 'PENDING' order by created_at limit $1`,
);

const erasures = statement<{ file: string }>(
  'backup_erasures',
  'select file from backup_erasures order by until, file limit $1',
);

const erased = statement<never>(
  'backup_erased',
  'delete from backup_erasures where file = $1 and until <= now()',
);

@Injectable()
export class BackupsRepository {
  constructor(private readonly database: Database) {}

  async byId(userId: string, id: string): Promise<Backup | null> {
    return (await this.database.read(byId, [userId, id]))[0] ?? null;
  }

  /** Newest first. */
  ofUser(userId: string): Promise<Backup[]> {
    return this.database.read(ofUser, [userId]);
  }

  /** Those that are whole, newest first. */
  madeBefore(userId: string, at: string): Promise<Backup[]> {
    return this.database.read(madeBefore, [userId, at]);
  }

  async schedule(userId: string): Promise<BackupSchedule | null> {
    return (await this.database.read(schedule, [userId]))[0] ?? null;
  }

  /** Of everybody: whose schedule says that a backup is due, and since when. */
  due(limit: number): Promise<{ userId: string; slot: string }[]> {
    return this.database.ownerQuery(due, [limit]);
  }

  /** Of everybody: those that are asked for and have not been tried. */
  pending(limit: number): Promise<BackupReference[]> {
    return this.database.ownerQuery(pending, [limit]);
  }

  /** Files to be erased, of whoever it was. */
  async erasures(limit: number): Promise<string[]> {
    return (await this.database.ownerQuery(erasures, [limit])).map(({ file }) => file);
  }

  /** Forgets a file that has been erased, unless it may still be written. */
  async erased(file: string): Promise<void> {
    await this.database.ownerQuery(erased, [file]);
  }
}
