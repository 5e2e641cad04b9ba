import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TransferState } from '../progress/transfer-state.model.js';
import { UserEntity } from '../users/user.entity.js';
import type { ExportInput } from './export.input.js';

/** A row of `exports`. */
@Entity('exports')
@Index('exports_digest_key', ['digest'], { unique: true })
export class ExportEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'exports_pkey' })
  @ForeignKey(() => UserEntity, { name: 'exports_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'exports_pkey' })
  id: string;

  /** SHA-256 of the ticket, which is kept nowhere; null once it was brought. */
  @Column('bytea', { nullable: true })
  digest: Buffer | null;

  @Column('jsonb')
  request: ExportInput;

  @Column('enum', { enum: TransferState, enumName: 'transfer_state', default: TransferState.WAITING })
  state: TransferState;

  @Column('integer', { name: 'sessions_total', default: 0 })
  sessionsTotal: number;

  @Column('integer', { name: 'sessions_done', default: 0 })
  sessionsDone: number;

  @Column('bigint', { name: 'interactions_total', default: 0 })
  interactionsTotal: number;

  @Column('bigint', { name: 'interactions_done', default: 0 })
  interactionsDone: number;

  @Column('bigint', { default: 0 })
  bytes: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' })
  createdAt: string;

  @Column({ type: 'timestamptz', precision: 3, name: 'updated_at', default: () => 'now()' })
  updatedAt: string;

  @Column({ type: 'timestamptz', precision: 3, name: 'expires_at' })
  expiresAt: string;
}
