import { Field, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, RevisionScalar, UUIDScalar } from '../common/scalars.js';
import { Interaction } from '../interactions/interaction.model.js';
import { Session } from '../sessions/session.model.js';
import { ChangeKind } from './change-kind.model.js';

@ObjectType({
  description:
    "One step of the user's revision. It refers to what changed: `session` and `interaction` show it as it is when " +
    'the change is delivered, which may be newer than the step, and are null once it has been deleted.',
})
export class Change {
  @Field(() => RevisionScalar, { description: 'The step: changes are ordered by it, each has its own.' })
  revision: number;

  @Field(() => ChangeKind, { description: 'What happened.' })
  kind: ChangeKind;

  @Field(() => DateTimeScalar, { description: 'When it was stored.' })
  at: string;

  @Field(() => UUIDScalar, { nullable: true, description: 'The session it happened to or in.' })
  sessionId: string | null;

  @Field(() => UUIDScalar, { nullable: true, description: 'The interaction it happened to.' })
  interactionId: string | null;

  @Field(() => Session, { nullable: true, description: 'The session; null when deleted.' })
  session: Session | null;

  @Field(() => Interaction, { nullable: true, description: 'The interaction; null when deleted.' })
  interaction: Interaction | null;
}

@ObjectType({ description: 'Changes after a revision, in order.' })
export class ChangePage {
  @Field(() => [Change], { description: 'The changes, each once, in the order of their revisions.' })
  changes: Change[];

  @Field(() => RevisionScalar, { description: 'Pass it as `after` to read or watch on from here.' })
  revision: number;

  @Field({ description: 'Whether more changes follow now.' })
  hasMore: boolean;
}
