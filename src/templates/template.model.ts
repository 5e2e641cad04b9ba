import { Field, Int, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, JSONScalar, UUIDScalar } from '../common/scalars.js';
import { SessionType } from '../sessions/session.model.js';

@ObjectType({ description: 'A named starting point of sessions. Changing it changes no session.' })
export class Template {
  @Field(() => UUIDScalar, { description: 'Identifies the template.' })
  id: string;

  @Field({ description: "Its name, which no other of the user's templates has." })
  name: string;

  @Field(() => SessionType, { description: 'Type of the sessions.' })
  type: SessionType;

  @Field(() => String, { nullable: true, description: 'Title of the sessions.' })
  title: string | null;

  @Field(() => [String], { description: 'Tags of the sessions, each once, in the order given.' })
  tags: string[];

  @Field(() => String, {
    nullable: true,
    description:
      'What the assistant is told for the whole session: its first message, of the role SYSTEM, and the first of the ' +
      '`messages` of its contexts.',
  })
  systemNote: string | null;

  @Field(() => Int, { description: 'Tokens of the system note (o200k_base).' })
  systemNoteTokens: number;

  @Field(() => JSONScalar, { description: 'State that the sessions start with.' })
  state: Record<string, unknown>;

  @Field(() => JSONScalar, { description: 'Metadata that the sessions start with.' })
  metadata: Record<string, unknown>;

  @Field(() => Int, { nullable: true, description: "Token limit of the sessions; null: the server's." })
  tokenLimit: number | null;

  @Field(() => DateTimeScalar, { description: 'When it was created.' })
  createdAt: string;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt: string;
}
