import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';
import { EndReason, SessionPrivacy, SessionType } from './session.model.js';

/** A row of `sessions`. Read and written by named statements; the entity keeps TypeORM's schema in step. */
@Entity('sessions')
@Index('sessions_active_key', ['userId', 'scope'], { unique: true, where: 'ended_at IS NULL' })
@ForeignKey(() => UserSession, ['userId', 'parentSessionId'], ['userId', 'id'], {
  name: 'sessions_parent_fkey',
  onDelete: 'SET NULL',
})
@Index('sessions_parent_idx', ['userId', 'parentSessionId', 'startedAt', 'id'], {
  where: 'parent_session_id IS NOT NULL',
})
@Index('sessions_tree_idx', ['userId', 'treeId', 'startedAt', 'id'], { where: 'tree_id IS NOT NULL' })
@Index('sessions_started_idx', ['userId', 'startedAt', 'id'])
@Index('sessions_unfinished_idx', ['userId', 'id'], {
  where: '(ended_at IS NOT NULL AND session_context IS NULL) OR (title IS NULL AND NOT title_removed)',
})
@Index('sessions_group_idx', ['userId', 'scope'], { where: `privacy = 'GROUP'` })
@Check('sessions_end_is_explained', '(ended_at is null) = (end_reason is null)')
export class UserSession {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'sessions_pkey' })
  @ForeignKey(() => UserEntity, { name: 'sessions_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sessions_pkey' })
  id: string;

  @Column('uuid', { name: 'project_id', nullable: true })
  projectId: string | null;

  @Column('text', { default: '' })
  scope: string;

  @Column('enum', { enum: SessionPrivacy, enumName: 'session_privacy', default: SessionPrivacy.PRIVATE })
  privacy: SessionPrivacy;

  @Column('enum', { enum: SessionType, enumName: 'session_type' })
  type: SessionType;

  @Column('text', { nullable: true })
  channel: string | null;

  @Column('text', { name: 'external_user_id', nullable: true })
  externalUserId: string | null;

  @Column('text', { name: 'external_chat_id', nullable: true })
  externalChatId: string | null;

  @Column('text', { nullable: true })
  title: string | null;

  @Column('text', { array: true, default: '{}' })
  tags: string[];

  @Column('boolean', { default: false })
  pinned: boolean;

  @Column({ type: 'timestamptz', name: 'started_at', precision: 3 })
  startedAt: string;

  @Column({ type: 'timestamptz', name: 'ended_at', precision: 3, nullable: true })
  endedAt: string | null;

  @Column('enum', { name: 'end_reason', enum: EndReason, enumName: 'end_reason', nullable: true })
  endReason: EndReason | null;

  @Column({ type: 'timestamptz', name: 'last_activity_at', precision: 3 })
  lastActivityAt: string;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt: string | null;

  @Column('integer', { name: 'lifetime_seconds', nullable: true })
  lifetimeSeconds: number | null;

  @Column('integer', { name: 'idle_timeout_seconds' })
  idleTimeoutSeconds: number;

  @Column({ type: 'timestamptz', name: 'period_started_at', precision: 3 })
  periodStartedAt: string;

  @Column('bigint', { name: 'prior_active_ms', default: 0 })
  priorActiveMs: number;

  @Column('text', { name: 'context_summary', nullable: true })
  contextSummary: string | null;

  @Column('jsonb', { name: 'session_context', nullable: true })
  sessionContext: Record<string, unknown> | null;

  @Column('jsonb', { name: 'snapshot_at_start', nullable: true })
  snapshotAtStart: Record<string, unknown> | null;

  @Column('jsonb', { default: {} })
  state: Record<string, unknown>;

  @Column('integer', { name: 'state_version', default: 0 })
  stateVersion: number;

  @Column('jsonb', { default: {} })
  metadata: Record<string, unknown>;

  @Column('integer', { name: 'token_limit' })
  tokenLimit: number;

  @Column('integer', { name: 'interaction_count', default: 0 })
  interactionCount: number;

  @Column('integer', { name: 'user_message_count', default: 0 })
  userMessageCount: number;

  @Column('integer', { name: 'assistant_message_count', default: 0 })
  assistantMessageCount: number;

  @Column('integer', { name: 'system_message_count', default: 0 })
  systemMessageCount: number;

  @Column('integer', { name: 'tool_message_count', default: 0 })
  toolMessageCount: number;

  @Column('integer', { name: 'tool_call_count', default: 0 })
  toolCallCount: number;

  @Column('integer', { name: 'error_count', default: 0 })
  errorCount: number;

  @Column('bigint', { name: 'input_tokens', default: 0 })
  inputTokens: number;

  @Column('bigint', { name: 'output_tokens', default: 0 })
  outputTokens: number;

  @Column('bytea', { nullable: true })
  fingerprint: Buffer | null;

  @Column('bigint')
  revision: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: string;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: string;

  @Column('bigint', { name: 'context_summary_to', nullable: true })
  contextSummaryTo: number | null;

  @Column('bigint', { name: 'session_context_to', nullable: true })
  sessionContextTo: number | null;

  @Column({ type: 'timestamptz', name: 'archived_at', precision: 3, nullable: true })
  archivedAt: string | null;

  @Column('bigint', { name: 'title_from', nullable: true })
  titleFrom: number | null;

  @Column('boolean', { name: 'title_removed', default: false })
  titleRemoved: boolean;

  /** The session that it is a fork of, and the last turn of the log that it has of it. */
  @Column('uuid', { name: 'parent_session_id', nullable: true })
  parentSessionId: string | null;

  @Column('bigint', { name: 'fork_sequence', nullable: true })
  forkSequence: number | null;

  /** The same for all that go back to one session by forks; null as long as nothing was forked. */
  @Column('uuid', { name: 'tree_id', nullable: true })
  treeId: string | null;
}
