import { Field, ObjectType } from '@nestjs/graphql';
import { Session } from '../sessions/session.model.js';

/** The most sessions of a tree that are told at once. */
export const MOST_IN_TREE = 500;

@ObjectType({ description: 'A session with all that go back to the same one by forks.' })
export class SessionTree {
  @Field(() => [Session], {
    description:
      `The sessions of the tree, oldest first, at most ${MOST_IN_TREE}; \`parentSessionId\` tells how they hang together. ` +
      'Where sessions between them were deleted there may be more than one without a parent.',
  })
  sessions: Session[];

  @Field({ description: `Whether there are more than ${MOST_IN_TREE}: these are the oldest.` })
  truncated: boolean;
}
