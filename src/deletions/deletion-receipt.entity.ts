import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';
import { DeletionKind, type RebuiltRows, type RemovedRows } from './deletion-receipt.model.js';

/** A row of `deletion_receipts`: what a deletion removed, without a word of it. */
@Entity('deletion_receipts')
@Index('deletion_receipts_subject_idx', ['userId', 'subjectId'])
@Index('deletion_receipts_at_idx', ['at'])
export class DeletionReceiptEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'deletion_receipts_pkey' })
  @ForeignKey(() => UserEntity, { name: 'deletion_receipts_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'deletion_receipts_pkey' })
  revision: number;

  @Column('enum', { enum: DeletionKind, enumName: 'deletion_kind' })
  kind: DeletionKind;

  @Column('uuid', { name: 'subject_id' })
  subjectId: string;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  at: string;

  @Column('jsonb')
  removed: RemovedRows;

  @Column('jsonb')
  rebuilt: RebuiltRows;
}
