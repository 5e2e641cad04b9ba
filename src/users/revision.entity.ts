import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { UserEntity } from './user.entity.js';

@Entity('revisions')
export class RevisionEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'revisions_pkey' })
  @ForeignKey(() => UserEntity, { name: 'revisions_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @Column('bigint', { default: 0 })
  value: number;

  @Column('bigint', { name: 'kept_after', default: 0 })
  keptAfter: number;
}
