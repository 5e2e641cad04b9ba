import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserSession } from './session.entity.js';
import { SessionPrivacy, SessionType } from './session.model.js';

/** A row of `ended_sessions`: what lists look at. A trigger writes it; the entity keeps TypeORM's schema in step. */
@Entity('ended_sessions')
@ForeignKey(() => UserSession, ['userId', 'id'], ['userId', 'id'], {
  name: 'ended_sessions_session_fkey',
  onDelete: 'CASCADE',
})
@Index('ended_sessions_started_idx', ['userId', 'startedAt', 'id'])
@Index('ended_sessions_activity_idx', ['userId', 'lastActivityAt', 'id'])
@Index('ended_sessions_duration_idx', ['userId', 'durationMs', 'id'])
@Index('ended_sessions_messages_idx', ['userId', 'messageCount', 'id'])
@Index('ended_sessions_title_idx', ['userId', 'titleKey', 'id'])
@Index('ended_sessions_ended_idx', ['endedAt'])
export class EndedSession {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'ended_sessions_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'ended_sessions_pkey' })
  id: string;

  @Column({ type: 'timestamptz', name: 'started_at', precision: 3 })
  startedAt: string;

  @Column({ type: 'timestamptz', name: 'ended_at', precision: 3 })
  endedAt: string;

  @Column({ type: 'timestamptz', name: 'last_activity_at', precision: 3 })
  lastActivityAt: string;

  @Column('bigint', { name: 'duration_ms' })
  durationMs: number;

  /** Of all roles. */
  @Column('integer', { name: 'message_count' })
  messageCount: number;

  @Column('enum', { enum: SessionType, enumName: 'session_type' })
  type: SessionType;

  @Column('enum', { enum: SessionPrivacy, enumName: 'session_privacy' })
  privacy: SessionPrivacy;

  @Column('boolean')
  pinned: boolean;

  @Column('boolean')
  archived: boolean;

  @Column('boolean', { name: 'has_errors' })
  hasErrors: boolean;

  /** What the title is sorted by. */
  @Column({ type: 'text', name: 'title_key', collation: 'C' })
  titleKey: string;

  /** What `text` of a filter is looked for in: the same, and the tags. */
  @Column({ type: 'text', collation: 'C' })
  words: string;

  @Column('text', { array: true })
  tags: string[];

  @Column('text')
  scope: string;

  @Column('text', { nullable: true })
  channel: string | null;

  @Column('uuid', { name: 'project_id', nullable: true })
  projectId: string | null;
}
