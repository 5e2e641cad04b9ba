import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';
import { UserInteraction } from './interaction.entity.js';

/**
 * A row of `message_ids`: a client-supplied id of a message within an interaction, or, without an interaction, one whose
 * message or interaction has been deleted.
 */
@Entity('message_ids')
@ForeignKey(() => UserInteraction, ['userId', 'interactionId'], ['userId', 'id'], {
  name: 'message_ids_interaction_fkey',
  onDelete: 'CASCADE',
})
@Index('message_ids_interaction_idx', ['userId', 'interactionId'])
export class MessageId {
  @ForeignKey(() => UserEntity, { name: 'message_ids_user_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'message_ids_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'message_ids_pkey' })
  id: string;

  @Column('uuid', { name: 'interaction_id', nullable: true })
  interactionId: string | null;

  @Column('bytea', { nullable: true })
  fingerprint: Buffer | null;
}
