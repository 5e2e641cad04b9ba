import { Field, Int, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'A tag in use.' })
export class TagCount {
  @Field({ description: 'The tag.' })
  tag: string;

  @Field(() => Int, { description: 'How many sessions have it.' })
  sessions: number;
}
