import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserSession } from '../sessions/session.entity.js';
import { UserEntity } from '../users/user.entity.js';

/** A row of `session_ancestors`. Read and written by named statements; the entity keeps TypeORM's schema in step. */
@Entity('session_ancestors')
@ForeignKey(() => UserSession, ['userId', 'sessionId'], ['userId', 'id'], {
  name: 'session_ancestors_session_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => UserSession, ['userId', 'ancestorId'], ['userId', 'id'], {
  name: 'session_ancestors_ancestor_fkey',
})
@Index('session_ancestors_ancestor_idx', ['userId', 'ancestorId'])
export class SessionAncestor {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'session_ancestors_pkey' })
  @ForeignKey(() => UserEntity, { name: 'session_ancestors_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'session_id', primaryKeyConstraintName: 'session_ancestors_pkey' })
  sessionId: string;

  @PrimaryColumn('uuid', { name: 'ancestor_id', primaryKeyConstraintName: 'session_ancestors_pkey' })
  ancestorId: string;

  /** The last turn of the ancestor that the session has. */
  @Column('bigint', { name: 'up_to' })
  upTo: number;
}
