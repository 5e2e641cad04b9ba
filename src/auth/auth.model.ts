import { Field, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar } from '../common/scalars.js';
import { User } from '../users/user.model.js';

@ObjectType({ description: 'The tokens of somebody who has just signed in.' })
export class AuthPayload {
  @Field({
    description:
      'JWT for "Authorization: Bearer <access token>" over HTTP and for connection_init over WebSocket.',
  })
  accessToken: string;

  @Field(() => DateTimeScalar, {
    description: 'When the access token expires; refresh before, by default within 15 minutes.',
  })
  accessTokenExpiresAt: Date;

  @Field({
    description:
      'Good for one use with refreshToken, for 30 days by default. Keep it secret; only its digest is stored.',
  })
  refreshToken: string;

  @Field(() => User, { description: 'Who has signed in.' })
  user: User;
}
