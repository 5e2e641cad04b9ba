import { Field, Float, ObjectType } from '@nestjs/graphql';
import { RecallHit } from '../memory/recall.model.js';
import { Session } from '../sessions/session.model.js';

@ObjectType({ description: 'A session in which something was found.' })
export class SessionHit {
  @Field(() => Session, { description: 'The session.' })
  session: Session;

  @Field(() => Float, {
    description:
      'How well it answers: the score of its best hit, half of that of the second, and a quarter of the third. ' +
      'Comparable within one search only.',
  })
  score: number;

  @Field(() => [RecallHit], { description: 'Its best hits, best first.' })
  hits: RecallHit[];
}
