import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserInteraction } from '../interactions/interaction.entity.js';
import { UserSession } from '../sessions/session.entity.js';
import { UserEntity } from '../users/user.entity.js';
import { UsageKind } from './usage.model.js';

/** A row of `token_usage`: one call of a model. */
@Entity('token_usage')
@ForeignKey(() => UserSession, ['userId', 'sessionId'], ['userId', 'id'], {
  name: 'token_usage_session_fkey',
  onDelete: 'SET NULL',
})
@ForeignKey(() => UserInteraction, ['userId', 'interactionId'], ['userId', 'id'], {
  name: 'token_usage_interaction_fkey',
  onDelete: 'SET NULL',
})
@Index('token_usage_at_idx', ['userId', 'at'])
@Index('token_usage_session_idx', ['userId', 'sessionId'], { where: 'session_id IS NOT NULL' })
@Index('token_usage_interaction_idx', ['userId', 'interactionId'], { where: 'interaction_id IS NOT NULL' })
export class TokenUsageEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'token_usage_pkey' })
  @ForeignKey(() => UserEntity, { name: 'token_usage_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'token_usage_pkey' })
  id: string;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  at: string;

  @Column('enum', { enum: UsageKind, enumName: 'usage_kind' })
  kind: UsageKind;

  @Column('text')
  model: string;

  @Column('integer', { name: 'prompt_tokens' })
  promptTokens: number;

  @Column('integer', { name: 'answer_tokens' })
  answerTokens: number;

  @Column('uuid', { name: 'session_id', nullable: true })
  sessionId: string | null;

  @Column('uuid', { name: 'interaction_id', nullable: true })
  interactionId: string | null;
}
