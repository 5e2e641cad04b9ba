import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** A row of `embedding_progress`. */
@Entity('embedding_progress')
export class EmbeddingProgress {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'embedding_progress_pkey' })
  @ForeignKey(() => UserEntity, { name: 'embedding_progress_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @Column('text')
  model: string;

  @Column('bigint')
  revision: number;

  @Column({ type: 'timestamptz', name: 'leased_until', precision: 3, nullable: true })
  leasedUntil: Date | null;
}
