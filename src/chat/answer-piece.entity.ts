import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { AnswerEntity } from './answer.entity.js';

/** A row of `answer_pieces`: a part of an answer that is being written. */
@Entity('answer_pieces')
@ForeignKey(
  () => AnswerEntity,
  ['userId', 'interactionId', 'version'],
  ['userId', 'interactionId', 'version'],
  { name: 'answer_pieces_answer_fkey', onDelete: 'CASCADE' },
)
export class AnswerPieceEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'answer_pieces_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'interaction_id', primaryKeyConstraintName: 'answer_pieces_pkey' })
  interactionId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'answer_pieces_pkey' })
  version: number;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'answer_pieces_pkey' })
  start: number;

  @Column('text')
  text: string;
}
