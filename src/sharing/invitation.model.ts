import { Field, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, UUIDScalar } from '../common/scalars.js';
import { ShareRole } from './share.model.js';

@ObjectType({ description: 'A session of somebody else to which the user is invited.' })
export class Invitation {
  @Field(() => UUIDScalar, { description: 'Identifies the share.' })
  id: string;

  @Field(() => ShareRole, { description: 'What it lets the user do.' })
  role: ShareRole;

  @Field(() => String, { nullable: true, description: 'How its owner is called; null when not set.' })
  ownerName: string | null;

  @Field(() => String, { nullable: true, description: 'Title of the session; null until given.' })
  title: string | null;

  @Field(() => DateTimeScalar, { description: 'When the user was invited.' })
  invitedAt: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the user accepted; null: not yet.' })
  acceptedAt: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when the session can be read; null: until it is revoked.',
  })
  expiresAt: string | null;
}
