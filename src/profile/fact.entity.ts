import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { UserInteraction } from '../interactions/interaction.entity.js';
import { UserEntity } from '../users/user.entity.js';
import { FactCategory, FactOrigin } from './fact.model.js';

/** A row of `facts`. Read and written by named statements; the entities keep TypeORM's schema in step. */
@Entity('facts')
@Unique('facts_statement_key', ['userId', 'category', 'key'])
@ForeignKey(() => UserFact, ['userId', 'supersededBy'], ['userId', 'id'], {
  name: 'facts_superseded_fkey',
  onDelete: 'SET NULL',
})
@Index('facts_superseded_idx', ['userId', 'supersededBy'])
export class UserFact {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'facts_pkey' })
  @ForeignKey(() => UserEntity, { name: 'facts_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'facts_pkey' })
  id: string;

  @Column('enum', { enum: FactCategory, enumName: 'fact_category' })
  category: FactCategory;

  @Column('text')
  text: string;

  @Column('text')
  key: string;

  @Column('text', { nullable: true })
  slot: string | null;

  @Column('enum', { enum: FactOrigin, enumName: 'fact_origin' })
  origin: FactOrigin;

  @Column('text', { name: 'produced_by', nullable: true })
  producedBy: string | null;

  @Column('real')
  confidence: number;

  @Column('boolean', { default: false })
  pinned: boolean;

  @Column('uuid', { name: 'superseded_by', nullable: true })
  supersededBy: string | null;

  @Column({ type: 'timestamptz', name: 'first_seen_at', precision: 3 })
  firstSeenAt: string;

  @Column({ type: 'timestamptz', name: 'last_seen_at', precision: 3 })
  lastSeenAt: string;
}

/** A row of `fact_sources`: a turn that a fact was learnt from. */
@Entity('fact_sources')
@ForeignKey(() => UserFact, ['userId', 'factId'], ['userId', 'id'], {
  name: 'fact_sources_fact_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => UserInteraction, ['userId', 'interactionId'], ['userId', 'id'], {
  name: 'fact_sources_interaction_fkey',
  onDelete: 'CASCADE',
})
@Index('fact_sources_interaction_idx', ['userId', 'interactionId'])
export class FactSource {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'fact_sources_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'fact_id', primaryKeyConstraintName: 'fact_sources_pkey' })
  factId: string;

  @PrimaryColumn('uuid', { name: 'interaction_id', primaryKeyConstraintName: 'fact_sources_pkey' })
  interactionId: string;

  @Column('real')
  certainty: number;

  @Column({ type: 'timestamptz', name: 'said_at', precision: 3 })
  saidAt: string;
}

/** A row of `forgotten_facts`. */
@Entity('forgotten_facts')
export class ForgottenFact {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'forgotten_facts_pkey' })
  @ForeignKey(() => UserEntity, { name: 'forgotten_facts_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('enum', {
    enum: FactCategory,
    enumName: 'fact_category',
    primaryKeyConstraintName: 'forgotten_facts_pkey',
  })
  category: FactCategory;

  @PrimaryColumn('bytea', { array: true, primaryKeyConstraintName: 'forgotten_facts_pkey' })
  digests: Buffer[];

  @Column({ type: 'timestamptz', name: 'forgotten_at', precision: 3, default: () => 'now()' })
  forgottenAt: string;
}
