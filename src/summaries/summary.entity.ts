import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserSession } from '../sessions/session.entity.js';

/** A row of `summaries`. Read and written by named statements; the entity keeps TypeORM's schema in step. */
@Entity('summaries')
@ForeignKey(() => UserSession, ['userId', 'sessionId'], ['userId', 'id'], {
  name: 'summaries_session_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => SessionSummary, ['userId', 'supersededBy'], ['userId', 'id'], {
  name: 'summaries_superseded_fkey',
  onDelete: 'SET NULL',
})
@Index('summaries_session_idx', ['userId', 'sessionId', 'fromSequence'])
@Index('summaries_superseded_idx', ['userId', 'supersededBy'])
@Check('summaries_range_check', 'from_sequence <= to_sequence')
export class SessionSummary {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'summaries_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'summaries_pkey' })
  id: string;

  @Column('uuid', { name: 'session_id' })
  sessionId: string;

  @Column('smallint')
  level: number;

  @Column('bigint', { name: 'from_sequence' })
  fromSequence: number;

  @Column('bigint', { name: 'to_sequence' })
  toSequence: number;

  @Column('text')
  text: string;

  @Column('integer')
  tokens: number;

  @Column('text', { name: 'produced_by' })
  producedBy: string;

  @Column('text', { name: 'prompt_hash', nullable: true })
  promptHash: string | null;

  @Column('boolean', { default: false })
  pinned: boolean;

  @Column('uuid', { name: 'superseded_by', nullable: true })
  supersededBy: string | null;

  @Column({ type: 'timestamptz', name: 'reverted_at', precision: 3, nullable: true })
  revertedAt: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: string;
}
