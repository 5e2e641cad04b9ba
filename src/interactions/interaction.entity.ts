import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserSession } from '../sessions/session.entity.js';
import { InteractionStatus, Modality } from './interaction.model.js';

/** A row of `interactions`. Read and written by named statements; the entity keeps TypeORM's schema in step. */
@Entity('interactions')
@ForeignKey(() => UserSession, ['userId', 'sessionId'], ['userId', 'id'], {
  name: 'interactions_session_fkey',
  onDelete: 'CASCADE',
})
@Check(
  'interactions_compressed_check',
  `compressed_in is null or (question is null and answer is null and error is null and context_used is null
   and steps = '[]' and metadata = '{}')`,
)
@Index('interactions_sequence_key', ['userId', 'sequence'], { unique: true })
@Index('interactions_session_idx', ['userId', 'sessionId', 'sequence'])
export class UserInteraction {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'interactions_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'interactions_pkey' })
  id: string;

  @Column('uuid', { name: 'session_id' })
  sessionId: string;

  @Column('bigint')
  sequence: number;

  @Column('bigint')
  revision: number;

  @Column('enum', { enum: InteractionStatus, enumName: 'interaction_status' })
  status: InteractionStatus;

  @Column('enum', { enum: Modality, enumName: 'modality' })
  modality: Modality;

  @Column('text', { nullable: true })
  question: string | null;

  @Column('text', { nullable: true })
  answer: string | null;

  @Column('jsonb', { default: [] })
  steps: object[];

  @Column('text', { nullable: true })
  error: string | null;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode: string | null;

  @Column('jsonb', { name: 'context_used', nullable: true })
  contextUsed: Record<string, unknown> | null;

  @Column('jsonb', { default: {} })
  metadata: Record<string, unknown>;

  @Column('integer', { name: 'question_tokens', default: 0 })
  questionTokens: number;

  @Column('integer', { name: 'answer_tokens', default: 0 })
  answerTokens: number;

  @Column('integer', { name: 'step_tokens', default: 0 })
  stepTokens: number;

  @Column('smallint', { nullable: true })
  rating: number | null;

  @Column('text', { name: 'rating_comment', nullable: true })
  ratingComment: string | null;

  @Column({ type: 'timestamptz', name: 'occurred_at', precision: 3 })
  occurredAt: string;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: string;

  @Column({ type: 'timestamptz', name: 'completed_at', precision: 3, nullable: true })
  completedAt: string | null;

  @Column('uuid', { name: 'answer_id', nullable: true })
  answerId: string | null;

  @Column('bytea', { nullable: true })
  fingerprint: Buffer | null;

  @Column('bytea', { name: 'finish_fingerprint', nullable: true })
  finishFingerprint: Buffer | null;

  /** Where what it says is, if not here. */
  @Column('bigint', { name: 'compressed_in', nullable: true })
  compressedIn: number | null;
}
