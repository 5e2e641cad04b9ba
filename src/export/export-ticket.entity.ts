import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';
import type { ExportInput } from './export.input.js';

@Entity('export_tickets')
@Index('export_tickets_digest_key', ['digest'], { unique: true })
export class ExportTicketEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'export_tickets_pkey' })
  @ForeignKey(() => UserEntity, { name: 'export_tickets_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  /** SHA-256 of the ticket, which is kept nowhere. */
  @PrimaryColumn({ type: 'bytea', primaryKeyConstraintName: 'export_tickets_pkey' })
  digest: Buffer;

  @Column('jsonb')
  request: ExportInput;

  @Column({ type: 'timestamptz', precision: 3, name: 'expires_at' })
  expiresAt: string;
}
