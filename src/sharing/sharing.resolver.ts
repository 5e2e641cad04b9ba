import { Args, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { NotForKeys } from '../auth/not-for-keys.decorator.js';
import { NOT_FOUND } from '../common/errors.js';
import { UUIDScalar } from '../common/scalars.js';
import { InviteToSessionInput, ShareSessionInput } from './share.input.js';
import { CreatedShare, SessionShare } from './share.model.js';
import { MOST_SHARES, SharingService } from './sharing.service.js';

const SESSION = { type: () => UUIDScalar, description: 'The session.' } as const;

@NotForKeys() // who may read is for the person to say
@Resolver(() => SessionShare)
export class SharingResolver {
  constructor(private readonly sharing: SharingService) {}

  @Query(() => [SessionShare], {
    description: `Who may see a session, and when it was last read; newest first, at most ${MOST_SHARES}. ${NOT_FOUND}`,
  })
  sessionAccess(
    @CurrentUser() userId: string,
    @Args('sessionId', SESSION) sessionId: string,
  ): Promise<SessionShare[]> {
    return this.sharing.access(userId, sessionId);
  }

  @Mutation(() => CreatedShare, {
    description:
      'Makes a link with which anybody can read a session, without an account, until it expires or is revoked. CONFLICT ' +
      `when the session is shared in ${MOST_SHARES} ways. ${NOT_FOUND}`,
  })
  shareSession(
    @CurrentUser() userId: string,
    @Args('input', { description: 'The session, and what of it is shown.' }) input: ShareSessionInput,
  ): Promise<CreatedShare> {
    return this.sharing.share(userId, input);
  }

  @Mutation(() => SessionShare, {
    description:
      'Invites a person to read a session as it is, or to record turns in it too, once they have accepted. CONFLICT when ' +
      `they are invited already, it is the user, or the session is shared in ${MOST_SHARES} ways; RATE_LIMITED beyond 50 ` +
      `invitations an hour. ${NOT_FOUND}`,
  })
  inviteToSession(
    @CurrentUser() userId: string,
    @Args('input', { description: 'Whom to invite, and what is shown.' }) input: InviteToSessionInput,
  ): Promise<SessionShare> {
    return this.sharing.invite(userId, input);
  }

  @Mutation(() => UUIDScalar, {
    description: `Takes a link or an invitation back, for good: it opens nothing from now on. Returns its id. ${NOT_FOUND}`,
  })
  revokeShare(
    @CurrentUser() userId: string,
    @Args('id', { type: () => UUIDScalar, description: 'The share.' }) id: string,
  ): Promise<string> {
    return this.sharing.revoke(userId, id);
  }

  @Mutation(() => Int, {
    description: `Takes all links and invitations of a session back, for good; returns how many. ${NOT_FOUND}`,
  })
  revokeShares(
    @CurrentUser() userId: string,
    @Args('sessionId', SESSION) sessionId: string,
  ): Promise<number> {
    return this.sharing.revokeAll(userId, sessionId);
  }
}
