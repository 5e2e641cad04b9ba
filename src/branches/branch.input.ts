import { Field, InputType } from '@nestjs/graphql';
import { OptionalText, TITLE } from '../common/input-fields.js';
import { UUIDScalar } from '../common/scalars.js';

@InputType({ description: 'A fork of a session.' })
export class ForkSessionInput {
  @Field(() => UUIDScalar, { description: 'The session to fork, which may be a fork itself.' })
  sessionId: string;

  @Field(() => UUIDScalar, {
    description: 'The last interaction of its history that the fork has; later ones it does not.',
  })
  atInteraction: string;

  @OptionalText('Title; by default the one that the forked session was given.', TITLE)
  title?: string | null;

  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'An id of your own for the fork makes the call safe to repeat: the same call returns the stored session, another ' +
      'one under the same id is a CONFLICT.',
  })
  id?: string | null;
}
