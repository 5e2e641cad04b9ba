import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserInteraction } from '../interactions/interaction.entity.js';
import { InteractionStatus } from '../interactions/interaction.model.js';

/** A row of `answers`: an answer that was written here, or was replaced by one that was. */
@Entity('answers')
@ForeignKey(() => UserInteraction, ['userId', 'interactionId'], ['userId', 'id'], {
  name: 'answers_interaction_fkey',
  onDelete: 'CASCADE',
})
@Index('answers_open_idx', ['userId', 'interactionId'], { where: 'run_id IS NOT NULL' })
@Index('answers_quoting_idx', ['userId', 'interactionId'], { where: "quoted <> '{}'" })
export class AnswerEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'answers_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'interaction_id', primaryKeyConstraintName: 'answers_pkey' })
  interactionId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'answers_pkey' })
  version: number;

  @Column('uuid', { name: 'run_id', nullable: true })
  runId: string | null;

  @Column({ type: 'timestamptz', name: 'lease_until', nullable: true })
  leaseUntil: string | null;

  @Column('text', { nullable: true })
  model: string | null;

  @Column({ type: 'timestamptz', name: 'started_at', precision: 3, nullable: true })
  startedAt: string | null;

  @Column({ type: 'timestamptz', name: 'first_token_at', precision: 3, nullable: true })
  firstTokenAt: string | null;

  @Column('text', { name: 'finish_reason', nullable: true })
  finishReason: string | null;

  @Column('enum', { enum: InteractionStatus, enumName: 'interaction_status', nullable: true })
  status: InteractionStatus | null;

  @Column('text', { nullable: true })
  answer: string | null;

  @Column('integer', { name: 'answer_tokens', default: 0 })
  answerTokens: number;

  @Column('text', { nullable: true })
  error: string | null;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode: string | null;

  @Column('jsonb', { name: 'context_used', nullable: true })
  contextUsed: Record<string, unknown> | null;

  @Column('smallint', { nullable: true })
  rating: number | null;

  @Column('text', { name: 'rating_comment', nullable: true })
  ratingComment: string | null;

  @Column({ type: 'timestamptz', name: 'completed_at', precision: 3, nullable: true })
  completedAt: string | null;

  /** The turns that it quotes, if it is from memory alone. */
  @Column('uuid', { array: true, default: [] })
  quoted: string[];
}
