import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

@Entity('refresh_tokens')
@Unique('refresh_tokens_hash_key', ['tokenHash'])
export class RefreshTokenEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'refresh_tokens_pkey' })
  @ForeignKey('UserEntity', { name: 'refresh_tokens_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'refresh_tokens_pkey' })
  id: string;

  /** The id of the family's first token, whose row decides for all of them. */
  @Column('uuid', { name: 'family_id' })
  familyId: string;

  /** The token it was exchanged for; null for the family's first one. */
  @Column('uuid', { name: 'predecessor_id', nullable: true })
  predecessorId: string | null;

  @Column({ type: 'bytea', name: 'token_hash' })
  tokenHash: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: string;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt: string;

  @Column({ type: 'timestamptz', name: 'used_at', precision: 3, nullable: true })
  usedAt: string | null;

  /** Set on the family's first token only. */
  @Column({ type: 'timestamptz', name: 'revoked_at', precision: 3, nullable: true })
  revokedAt: string | null;
}
