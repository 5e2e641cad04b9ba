import { Field, Int, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, RevisionScalar, UUIDScalar } from '../common/scalars.js';

@ObjectType({
  description:
    'What a part of a session was about, in few words. It covers a range of the log, whose interactions stay as they ' +
    'are. It is in force until it is folded into another one (`supersededBy`) or reverted.',
})
export class Summary {
  @Field(() => UUIDScalar, { description: 'Identifies the summary.' })
  id: string;

  userId: string;

  @Field(() => UUIDScalar, { description: 'The session it is of.' })
  sessionId: string;

  @Field(() => Int, {
    description:
      '1 when it was made of interactions; one more than the summaries it was folded from otherwise.',
  })
  level: number;

  @Field(() => RevisionScalar, { description: '`sequence` of the first interaction it covers.' })
  fromSequence: number;

  @Field(() => RevisionScalar, { description: '`sequence` of the last interaction it covers.' })
  toSequence: number;

  @Field({ description: 'The summary itself, without keys, passwords and numbers of cards and accounts.' })
  text: string;

  @Field(() => Int, { description: 'Tokens of `text` (o200k_base).' })
  tokens: number;

  @Field({ description: 'The model that wrote it, or "extractive".' })
  producedBy: string;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of all that the model was sent; null without one.',
  })
  promptHash: string | null;

  @Field({ description: 'Whether it stays as it is when others are folded.' })
  pinned: boolean;

  @Field(() => UUIDScalar, { nullable: true, description: 'The summary it was folded into.' })
  supersededBy: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was reverted.' })
  revertedAt: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was written.' })
  createdAt: string;
}
