import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

@Entity('users')
@Unique('users_email_key', ['email'])
@Unique('users_identity_key', ['issuer', 'subject'])
@Check('users_email_lower', 'email = lower(email)')
@Check(
  'users_can_sign_in',
  '(email is not null and password_hash is not null) or (issuer is not null and subject is not null) ' +
    'or application_id is not null',
)
@Index('users_application_idx', ['applicationId'], { where: 'application_id IS NOT NULL' })
export class UserEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'users_pkey' })
  id: string;

  @Column('text', { nullable: true })
  email: string | null;

  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash: string | null;

  @Column('text', { nullable: true })
  issuer: string | null;

  @Column('text', { nullable: true })
  subject: string | null;

  /** Whose service keys brought a user who cannot sign in. */
  @Column('uuid', { name: 'application_id', nullable: true })
  @ForeignKey(() => UserEntity, { name: 'users_application_fkey', onDelete: 'CASCADE' })
  applicationId: string | null;

  @Column('text', { name: 'display_name', nullable: true })
  displayName: string | null;

  @Column('text', { name: 'time_zone', default: 'UTC' })
  timeZone: string;

  @Column('integer', { name: 'idle_timeout_seconds', nullable: true })
  idleTimeoutSeconds: number | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: string;
}
