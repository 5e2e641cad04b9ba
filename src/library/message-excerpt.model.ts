import { Field, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, UUIDScalar } from '../common/scalars.js';
import { MessageRole } from '../interactions/interaction.model.js';

@ObjectType({ description: 'The beginning of a message.' })
export class MessageExcerpt {
  @Field(() => MessageRole, { description: 'Who speaks.' })
  role: MessageRole;

  @Field({ description: 'Its first 280 characters (Unicode code points).' })
  text: string;

  @Field({ description: 'Whether the message goes on.' })
  isCut: boolean;

  @Field(() => DateTimeScalar, { description: 'When it was said.' })
  at: string;

  @Field(() => UUIDScalar, { description: 'The interaction it is part of.' })
  interactionId: string;
}
