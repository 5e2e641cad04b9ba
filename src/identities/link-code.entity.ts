import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

@Entity('link_codes')
@Unique('link_codes_hash_key', ['codeHash'])
export class LinkCodeEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'link_codes_pkey' })
  @ForeignKey(() => UserEntity, { name: 'link_codes_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @Column({ type: 'bytea', name: 'code_hash' })
  codeHash: Buffer;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt: string;
}
