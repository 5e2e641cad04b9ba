import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';
import { KeyScope } from './service-key.model.js';

@Entity('service_keys')
@Unique('service_keys_hash_key', ['keyHash'])
export class ServiceKeyEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'service_keys_pkey' })
  @ForeignKey(() => UserEntity, { name: 'service_keys_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'service_keys_pkey' })
  id: string;

  @Column('text')
  name: string;

  @Column({ type: 'bytea', name: 'key_hash' })
  keyHash: Buffer;

  @Column('enum', { enum: KeyScope, enumName: 'key_scope', array: true })
  scopes: KeyScope[];

  @Column('integer', { name: 'rate_per_minute' })
  ratePerMinute: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: string;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt: string | null;

  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt: string | null;
}
