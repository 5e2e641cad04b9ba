import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';
import { ChangeKind } from './change-kind.model.js';

/** A row of `changes`: one step of a user's revision. */
@Entity('changes')
@Index('changes_deleted_idx', ['userId', 'interactionId'], { where: `"kind" = 'INTERACTION_DELETED'` })
export class UserChange {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'changes_pkey' })
  @ForeignKey(() => UserEntity, { name: 'changes_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'changes_pkey' })
  revision: number;

  @Column('enum', { enum: ChangeKind, enumName: 'change_kind' })
  kind: ChangeKind;

  @Column('uuid', { name: 'session_id', nullable: true })
  sessionId: string | null;

  @Column('uuid', { name: 'interaction_id', nullable: true })
  interactionId: string | null;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  at: string;
}
