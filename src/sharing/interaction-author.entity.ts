import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserInteraction } from '../interactions/interaction.entity.js';
import { UserEntity } from '../users/user.entity.js';

/** A row of `interaction_authors`: a turn of the user's that somebody else wrote. */
@Entity('interaction_authors')
@Index('interaction_authors_author_idx', ['authorId'], { where: 'author_id IS NOT NULL' })
@ForeignKey(() => UserInteraction, ['userId', 'interactionId'], ['userId', 'id'], {
  name: 'interaction_authors_interaction_fkey',
  onDelete: 'CASCADE',
})
export class InteractionAuthorEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'interaction_authors_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'interaction_id', primaryKeyConstraintName: 'interaction_authors_pkey' })
  interactionId: string;

  @Column('uuid', { name: 'author_id', nullable: true })
  @ForeignKey(() => UserEntity, { name: 'interaction_authors_author_fkey', onDelete: 'SET NULL' })
  authorId: string | null;
}
