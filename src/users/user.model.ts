import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTimeScalar, RevisionScalar, UUIDScalar } from '../common/scalars.js';

export enum UserRole {
  USER = 'USER',
  ADMIN = 'ADMIN',
}
registerEnumType(UserRole, {
  name: 'UserRole',
  description: 'What a user may do.',
  valuesMap: {
    USER: { description: 'What is their own.' },
    ADMIN: {
      description: 'What is for operators too. Named by ADMIN_USERS, where the service is configured.',
    },
  },
});

@ObjectType({ description: 'A person. Owns sessions and interactions; nobody else sees anything of them.' })
export class User {
  @Field(() => UUIDScalar, { description: 'Identifies the user, for ever.' })
  id: string;

  @Field(() => String, {
    nullable: true,
    description: 'E-mail address, in lower case; null for a user of an external issuer.',
  })
  email: string | null;

  @Field(() => String, { nullable: true, description: 'Name to show; null until set.' })
  displayName: string | null;

  @Field({
    description: 'IANA time zone that days are counted in, such as "Europe/Berlin"; "UTC" until set.',
  })
  timeZone: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "Seconds without activity after which the user's sessions end; null: the default of the server.",
  })
  idleTimeoutSeconds: number | null;

  @Field(() => DateTimeScalar, { description: 'When the account was created.' })
  createdAt: string;

  @Field(() => RevisionScalar, {
    description:
      "Revision of the user's newest change, 0 before the first: a cursor from which live streams go on.",
  })
  revision: number;
}
