import { Field, Int, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, RevisionScalar, UUIDScalar } from '../common/scalars.js';

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
