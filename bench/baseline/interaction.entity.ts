import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import {
  Column,
  CreateDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
} from 'typeorm';
import { Session } from './session.entity.js';

@ObjectType()
@Entity({ name: 'interactions' })
@Index(['userId', 'occurredAt'])
export class Interaction {
  @Field(() => ID)
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('uuid', { name: 'user_id' })
  userId: string;

  @Field(() => ID)
  @Index()
  @Column('uuid', { name: 'session_id' })
  sessionId: string;

  @ManyToOne(() => Session, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'session_id' })
  session: Session;

  @Field()
  @Column({ default: 'COMPLETED' })
  status: string;

  @Field()
  @Column({ default: 'TEXT' })
  modality: string;

  @Field()
  @Column('text')
  question: string;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  answer: string | null;

  @Column('jsonb', { default: [] })
  steps: object[];

  @Column('text', { nullable: true })
  error: string | null;

  @Column('jsonb', { default: {} })
  metadata: object;

  @Field(() => Int)
  @Column({ name: 'question_tokens', default: 0 })
  questionTokens: number;

  @Field(() => Int)
  @Column({ name: 'answer_tokens', default: 0 })
  answerTokens: number;

  @Column('smallint', { nullable: true })
  rating: number | null;

  @Field()
  @Column('timestamptz', { name: 'occurred_at' })
  occurredAt: Date;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
