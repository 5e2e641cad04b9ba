import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { SafeIntScalar } from '../common/scalars.js';
import { SessionType } from '../sessions/session.model.js';

@ObjectType({ description: 'Some sessions, counted.' })
export class SessionTally {
  @Field(() => Int, { description: 'How many sessions.' })
  sessions: number;

  @Field(() => SafeIntScalar, { description: 'Messages in them, of all roles.' })
  messages: number;

  @Field(() => Float, { description: 'Minutes spent in them.' })
  minutes: number;
}

@ObjectType({ description: 'The sessions of one type.' })
export class TypeTally extends SessionTally {
  @Field(() => SessionType, { description: 'The type.' })
  type: SessionType;
}

@ObjectType({ description: 'The sessions of one channel.' })
export class ChannelTally extends SessionTally {
  @Field(() => String, { nullable: true, description: 'The channel; null: none was given.' })
  channel: string | null;
}

@ObjectType({
  description:
    'All sessions of the user, archived ones too. A session counts, whole, for the day on which it began, in the ' +
    "user's time zone.",
})
export class SessionStats {
  @Field(() => SessionTally, { description: 'All of them.' })
  total: SessionTally;

  @Field(() => SessionTally, { description: 'Those that began today.' })
  today: SessionTally;

  @Field(() => SessionTally, { description: 'Those that began this week, from Monday on.' })
  thisWeek: SessionTally;

  @Field(() => Int, { description: 'How many are archived.' })
  archived: number;

  @Field(() => [TypeTally], { description: 'By type, most sessions first.' })
  byType: TypeTally[];

  @Field(() => [ChannelTally], { description: 'By channel, most sessions first; at most 100.' })
  byChannel: ChannelTally[];
}
