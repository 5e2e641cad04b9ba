import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserSession } from '../sessions/session.entity.js';

/** A row of `cleared_histories`, which commands write; the entity keeps TypeORM's schema in step. */
@Entity('cleared_histories')
@ForeignKey(() => UserSession, ['userId', 'sessionId'], ['userId', 'id'], {
  name: 'cleared_histories_session_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => UserSession, ['userId', 'ancestorId'], ['userId', 'id'], {
  name: 'cleared_histories_ancestor_fkey',
  onDelete: 'CASCADE',
})
@Index('cleared_histories_ancestor_idx', ['userId', 'ancestorId'])
export class ClearedHistory {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'cleared_histories_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'session_id', primaryKeyConstraintName: 'cleared_histories_pkey' })
  sessionId: string;

  @PrimaryColumn('uuid', { name: 'ancestor_id', primaryKeyConstraintName: 'cleared_histories_pkey' })
  ancestorId: string;

  /** The last turn of the ancestor that the session had. */
  @Column('bigint', { name: 'up_to' })
  upTo: number;
}
