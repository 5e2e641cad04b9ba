import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

@Entity('identities')
@Unique('identities_external_key', ['applicationId', 'channel', 'externalId'])
export class IdentityEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'identities_pkey' })
  @ForeignKey(() => UserEntity, { name: 'identities_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'identities_pkey' })
  id: string;

  @Column('uuid', { name: 'application_id' })
  @ForeignKey(() => UserEntity, { name: 'identities_application_fkey', onDelete: 'CASCADE' })
  applicationId: string;

  @Column('text')
  channel: string;

  @Column('text', { name: 'external_id' })
  externalId: string;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: string;

  @Column({ type: 'timestamptz', name: 'linked_at', precision: 3, nullable: true })
  linkedAt: string | null;
}
