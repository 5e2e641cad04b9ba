import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { UserInteraction } from '../interactions/interaction.entity.js';

/** A row of `interaction_embeddings`, which exists only where pgvector does: hence out of the check for drift. */
@Entity('interaction_embeddings', { synchronize: false })
@ForeignKey(() => UserInteraction, ['userId', 'interactionId'], ['userId', 'id'], {
  name: 'interaction_embeddings_interaction_fkey',
  onDelete: 'CASCADE',
})
export class InteractionEmbedding {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'interaction_embeddings_pkey' })
  userId: string;

  @PrimaryColumn('uuid', {
    name: 'interaction_id',
    primaryKeyConstraintName: 'interaction_embeddings_pkey',
  })
  interactionId: string;

  /** The question (0) or the answer (1). */
  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'interaction_embeddings_pkey' })
  side: number;

  @Column('text')
  model: string;

  @Column('smallint', { nullable: true })
  dimensions: number | null;

  @Column('halfvec', { nullable: true })
  embedding: number[] | null;
}
