import { Field, Int, ObjectType } from '@nestjs/graphql';
import { UUIDScalar } from '../common/scalars.js';
import { ItemError } from '../interactions/interaction.model.js';

@ObjectType({ description: 'What became of one session of a bulk.' })
export class BulkSessionItem {
  @Field(() => UUIDScalar, { description: 'The session.' })
  sessionId: string;

  @Field({ description: 'Whether it was changed; false when it was as wanted already, or refused.' })
  changed: boolean;

  @Field(() => ItemError, {
    nullable: true,
    description: 'Why it was refused: NOT_FOUND, or BAD_USER_INPUT when it would have too many tags.',
  })
  error: ItemError | null;
}

@ObjectType({ description: 'What became of the sessions of a bulk.' })
export class BulkSessionsResult {
  @Field(() => Int, { description: 'How many were changed, each with a step of the revision.' })
  changed: number;

  @Field(() => [BulkSessionItem], { description: 'Each of them: in the order of `ids`, or by id.' })
  items: BulkSessionItem[];
}
