import { Field, GraphQLISODateTime, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

@ObjectType()
@Entity({ name: 'sessions' })
@Index(['userId', 'startedAt'])
export class Session {
  @Field(() => ID)
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('uuid', { name: 'user_id' })
  userId: string;

  @Field()
  @Column({ default: '' })
  scope: string;

  @Field()
  @Column({ default: 'TEXT_CHAT' })
  type: string;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  title: string | null;

  @Field()
  @Column('timestamptz', { name: 'started_at' })
  startedAt: Date;

  @Field(() => GraphQLISODateTime, { nullable: true })
  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;

  @Field(() => String, { nullable: true })
  @Column('text', { name: 'end_reason', nullable: true })
  endReason: string | null;

  @Field()
  @Column('timestamptz', { name: 'last_activity_at' })
  lastActivityAt: Date;

  @Column({ name: 'idle_timeout_seconds', default: 900 })
  idleTimeoutSeconds: number;

  @Column('jsonb', { default: {} })
  metadata: object;

  @Field(() => Int)
  @Column({ name: 'interaction_count', default: 0 })
  interactionCount: number;

  @Column({ name: 'user_message_count', default: 0 })
  userMessageCount: number;

  @Column({ name: 'assistant_message_count', default: 0 })
  assistantMessageCount: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
