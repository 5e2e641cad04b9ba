import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Session } from './session.model.js';

@ObjectType({ description: 'A page of sessions by its number.' })
export class SessionPage {
  @Field(() => [Session], { description: 'What the page holds.' })
  sessions: Session[];

  @Field(() => Int, { description: 'How many sessions there are on all pages.' })
  totalCount: number | null;

  @Field({ description: 'Whether there is a page after it.' })
  hasMore: boolean;
}
