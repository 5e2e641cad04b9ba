import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TransferState } from '../progress/transfer-state.model.js';
import { UserEntity } from '../users/user.entity.js';
import type { ImportProblem } from './import.model.js';

/** A row of `imports`. */
@Entity('imports')
@Index('imports_open_idx', ['createdAt'], {
  where:
    "state = ANY (ARRAY['UPLOADING'::transfer_state, 'WAITING'::transfer_state, 'RUNNING'::transfer_state])",
})
export class ImportEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'imports_pkey' })
  @ForeignKey(() => UserEntity, { name: 'imports_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'imports_pkey' })
  id: string;

  /** As it was asked for, or recognised. */
  @Column('text', { nullable: true })
  format: string | null;

  @Column('boolean', { name: 'dry_run', default: false })
  dryRun: boolean;

  @Column('enum', { enum: TransferState, enumName: 'transfer_state', default: TransferState.UPLOADING })
  state: TransferState;

  /** Who works at it, until `leasedUntil`. */
  @Column('uuid', { name: 'run_id', nullable: true })
  runId: string | null;

  @Column({ type: 'timestamptz', precision: 3, name: 'leased_until', nullable: true })
  leasedUntil: string | null;

  @Column('bigint', { name: 'received_bytes', default: 0 })
  receivedBytes: number;

  @Column('bigint', { name: 'read_bytes', default: 0 })
  readBytes: number;

  /** So many items of the file are done. */
  @Column('bigint', { default: 0 })
  position: number;

  @Column('jsonb', { default: {} })
  counts: Record<string, number>;

  @Column('jsonb', { default: [] })
  errors: ImportProblem[];

  @Column('bigint', { name: 'error_count', default: 0 })
  errorCount: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' })
  createdAt: string;

  @Column({ type: 'timestamptz', precision: 3, name: 'updated_at', default: () => 'now()' })
  updatedAt: string;
}
