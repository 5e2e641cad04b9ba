import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { UserSession } from '../sessions/session.entity.js';
import { UserEntity } from '../users/user.entity.js';

/** A row of `learning_progress`: how far background work has come with a user. */
@Entity('learning_progress')
export class LearningProgress {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'learning_progress_pkey' })
  @ForeignKey(() => UserEntity, { name: 'learning_progress_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @Column('bigint', { name: 'learnt_to', default: 0 })
  learntTo: number;

  @Column('bigint', { name: 'checked_at', default: 0 })
  checkedAt: number;
}

/** A row of `understanding_levels`: how well the user was known when a session had ended. */
@Entity('understanding_levels')
@ForeignKey(() => UserSession, ['userId', 'sessionId'], ['userId', 'id'], {
  name: 'understanding_levels_session_fkey',
  onDelete: 'CASCADE',
})
export class SessionUnderstanding {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'understanding_levels_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'session_id', primaryKeyConstraintName: 'understanding_levels_pkey' })
  sessionId: string;

  @Column('smallint')
  level: number;

  @Column({ type: 'timestamptz', name: 'reached_at', precision: 3 })
  reachedAt: string;
}
