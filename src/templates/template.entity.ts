import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { SessionType } from '../sessions/session.model.js';
import { UserEntity } from '../users/user.entity.js';

/** A row of `templates`. Read and written by named statements; the entity keeps TypeORM's schema in step. */
@Entity('templates')
@Unique('templates_name_key', ['userId', 'name'])
export class SessionTemplate {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'templates_pkey' })
  @ForeignKey(() => UserEntity, { name: 'templates_user_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'templates_pkey' })
  id: string;

  @Column('text')
  name: string;

  @Column('enum', { enum: SessionType, enumName: 'session_type' })
  type: SessionType;

  @Column('text', { nullable: true })
  title: string | null;

  @Column('text', { array: true, default: '{}' })
  tags: string[];

  @Column('text', { name: 'system_note', nullable: true })
  systemNote: string | null;

  @Column('integer', { name: 'system_note_tokens', default: 0 })
  systemNoteTokens: number;

  @Column('jsonb', { default: {} })
  state: Record<string, unknown>;

  @Column('jsonb', { default: {} })
  metadata: Record<string, unknown>;

  @Column('integer', { name: 'token_limit', nullable: true })
  tokenLimit: number | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: string;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: string;
}
