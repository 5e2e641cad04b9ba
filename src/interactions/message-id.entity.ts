import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserInteraction } from './interaction.entity.js';

/** A row of `message_ids`: a client-supplied id of a message within an interaction. */
@Entity('message_ids')
@ForeignKey(() => UserInteraction, ['userId', 'interactionId'], ['userId', 'id'], {
  name: 'message_ids_interaction_fkey',
  onDelete: 'CASCADE',
})
@Index('message_ids_interaction_idx', ['userId', 'interactionId'])
export class MessageId {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'message_ids_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'message_ids_pkey' })
  id: string;

  @Column('uuid', { name: 'interaction_id' })
  interactionId: string;

  @Column('bytea', { nullable: true })
  fingerprint: Buffer | null;
}
