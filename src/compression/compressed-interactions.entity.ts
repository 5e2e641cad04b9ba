import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** A row of `compressed_interactions`: what interactions say, by their sequence. */
@Entity('compressed_interactions')
export class CompressedInteractions {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'compressed_interactions_pkey' })
  @ForeignKey(() => UserEntity, { name: 'compressed_interactions_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  /** The sequence of the last. */
  @PrimaryColumn('bigint', { name: 'up_to', primaryKeyConstraintName: 'compressed_interactions_pkey' })
  upTo: number;

  @Column('jsonb')
  texts: Record<string, object>;
}
