import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';
import type { BlockLegend } from './block.js';

/** A row of `recall_blocks`; blank (nothing but its range) after something in it was deleted. */
@Entity('recall_blocks')
export class RecallBlock {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'recall_blocks_pkey' })
  @ForeignKey(() => UserEntity, { name: 'recall_blocks_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('bigint', { name: 'from_sequence', primaryKeyConstraintName: 'recall_blocks_pkey' })
  fromSequence: number;

  @Column('bigint', { name: 'to_sequence' })
  toSequence: number;

  @Column('bytea', { nullable: true })
  docs: Buffer | null;

  @Column('jsonb', { nullable: true })
  legend: BlockLegend | null;

  @Column('text', { nullable: true })
  postings: string | null;

  /** Another one for each content. */
  @Column('uuid')
  version: string;
}
