import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { UserSession } from '../sessions/session.entity.js';
import { UserEntity } from '../users/user.entity.js';
import { ShareRole } from './share.model.js';

/** A row of `shares`: a link or an invitation. */
@Entity('shares')
@Unique('shares_token_key', ['tokenHash'])
@Index('shares_session_idx', ['userId', 'sessionId'])
@Index('shares_reader_idx', ['readerId'], { where: 'reader_id IS NOT NULL' })
@Index('shares_email_idx', ['email'], { where: '((email IS NOT NULL) AND (reader_id IS NULL))' })
@Check('shares_link_is_for_nobody', 'token_hash is null or (email is null and reader_id is null)')
@ForeignKey(() => UserSession, ['userId', 'sessionId'], ['userId', 'id'], {
  name: 'shares_session_fkey',
  onDelete: 'CASCADE',
})
export class ShareEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'shares_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'shares_pkey' })
  id: string;

  @Column('uuid', { name: 'session_id' })
  sessionId: string;

  @Column('enum', { enum: ShareRole, enumName: 'share_role', default: ShareRole.READER })
  role: ShareRole;

  @Column({ type: 'bytea', name: 'token_hash', nullable: true })
  tokenHash: Buffer | null;

  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash: string | null;

  @Column('text', { nullable: true })
  email: string | null;

  @Column('uuid', { name: 'reader_id', nullable: true })
  @ForeignKey(() => UserEntity, { name: 'shares_reader_fkey', onDelete: 'CASCADE' })
  readerId: string | null;

  @Column({ type: 'timestamptz', name: 'accepted_at', precision: 3, nullable: true })
  acceptedAt: string | null;

  @Column('bigint', { name: 'up_to' })
  upTo: number;

  @Column('boolean', { name: 'show_metadata' })
  showMetadata: boolean;

  @Column('boolean', { name: 'show_context' })
  showContext: boolean;

  @Column('boolean', { name: 'show_steps' })
  showSteps: boolean;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: string;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt: string | null;

  @Column({ type: 'timestamptz', name: 'last_access_at', precision: 3, nullable: true })
  lastAccessAt: string | null;

  @Column('bigint', { name: 'access_count', default: 0 })
  accessCount: number;
}
