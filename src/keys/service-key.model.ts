import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTimeScalar, UUIDScalar } from '../common/scalars.js';

export enum KeyScope {
  READ = 'READ',
  WRITE = 'WRITE',
  ADMIN = 'ADMIN',
}
registerEnumType(KeyScope, {
  name: 'KeyScope',
  description: 'What a service key may be used for.',
  valuesMap: {
    READ: { description: 'Queries and subscriptions.' },
    WRITE: { description: 'Mutations, and what they answer.' },
    ADMIN: { description: 'What operators see and do; only of a user who is an administrator.' },
  },
});

@ObjectType({
  description: 'A key with which a bot or an agent acts for its creator or the users it brings.',
})
export class ServiceKey {
  @Field(() => UUIDScalar, { description: 'Identifies the key; stands in it after `rk_`, without hyphens.' })
  id: string;

  @Field({ description: 'What it is for, in the words of its creator.' })
  name: string;

  @Field(() => [KeyScope], { description: 'What it may be used for.' })
  scopes: KeyScope[];

  @Field(() => Int, { description: 'Root fields it may run in a minute; RATE_LIMITED beyond.' })
  ratePerMinute: number;

  @Field(() => DateTimeScalar, { description: 'When it was created.' })
  createdAt: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it expires; null: never.' })
  expiresAt: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was last used, to the minute; null: not yet.',
  })
  lastUsedAt: string | null;
}

@ObjectType({ description: 'A key that has just been created.' })
export class CreatedServiceKey {
  @Field({
    description:
      'For "Authorization: Bearer <key>", over HTTP and in connection_init. Shown this once: only its digest is stored.',
  })
  key: string;

  @Field(() => ServiceKey, { description: 'What is known of it from now on.' })
  serviceKey: ServiceKey;
}
