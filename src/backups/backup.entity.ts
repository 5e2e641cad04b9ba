import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';
import { BackupFrequency, BackupStatus } from './backup.model.js';

/** A row of `backups`. Read and written by named statements; the entities keep TypeORM's schema in step. */
@Entity('backups')
@Unique('backups_slot_key', ['userId', 'slot'])
@Index('backups_pending_idx', ['createdAt'], { where: "status = 'PENDING'" })
export class UserBackup {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'backups_pkey' })
  @ForeignKey(() => UserEntity, { name: 'backups_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'backups_pkey' })
  id: string;

  @Column('enum', { enum: BackupStatus, enumName: 'backup_status', default: BackupStatus.PENDING })
  status: BackupStatus;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  slot: string | null;

  @Column('text')
  file: string;

  @Column('bigint', { nullable: true })
  bytes: number | null;

  @Column('bytea', { nullable: true })
  sha256: Buffer | null;

  @Column('text', { nullable: true })
  error: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: string;

  @Column({ type: 'timestamptz', name: 'completed_at', precision: 3, nullable: true })
  completedAt: string | null;
}

/** A row of `backup_schedules`. */
@Entity('backup_schedules')
@Index('backup_schedules_next_idx', ['nextAt'])
export class UserBackupSchedule {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'backup_schedules_pkey' })
  @ForeignKey(() => UserEntity, { name: 'backup_schedules_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @Column('enum', { enum: BackupFrequency, enumName: 'backup_frequency' })
  frequency: BackupFrequency;

  @Column('integer')
  keep: number;

  @Column({ type: 'timestamptz', name: 'next_at', precision: 3 })
  nextAt: string;
}

/** A row of `backup_erasures`. */
@Entity('backup_erasures')
export class BackupErasure {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'backup_erasures_pkey' })
  file: string;

  @Column({ type: 'timestamptz', precision: 3 })
  until: string;
}
