import { Field, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, UUIDScalar } from '../common/scalars.js';

@ObjectType({ description: "What a bot's platform calls the user." })
export class Identity {
  @Field(() => UUIDScalar, { description: 'Identifies it.' })
  id: string;

  @Field({ description: 'The platform, in the words of the bot, such as `telegram`.' })
  channel: string;

  @Field({ description: "The platform's id of the person." })
  externalId: string;

  @Field(() => DateTimeScalar, { description: 'When it was linked to the user.' })
  linkedAt: string;
}

@ObjectType({ description: 'What a person says to a bot, which then calls `linkIdentity` with it.' })
export class LinkCode {
  @Field({ description: 'Good once. Letters and digits that look like no other, such as `K7QHM-2XWPD`.' })
  code: string;

  @Field(() => DateTimeScalar, { description: 'Until when it is good.' })
  expiresAt: Date;
}
