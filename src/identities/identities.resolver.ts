import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { CurrentViewer } from '../auth/current-viewer.decorator.js';
import { NotForKeys } from '../auth/not-for-keys.decorator.js';
import { NOT_FOUND } from '../common/errors.js';
import { UUIDScalar } from '../common/scalars.js';
import type { Viewer } from '../graphql/context.js';
import { IdentitiesService } from './identities.service.js';
import { LinkIdentityArgs } from './identity.input.js';
import { Identity, LinkCode } from './identity.model.js';

@Resolver(() => Identity)
export class IdentitiesResolver {
  constructor(private readonly identities: IdentitiesService) {}

  @NotForKeys()
  @Query(() => [Identity], {
    name: 'identities',
    description: "What bots' platforms call the user, as far as it was linked; newest first.",
  })
  list(@CurrentUser() userId: string): Promise<Identity[]> {
    return this.identities.list(userId);
  }

  @NotForKeys()
  @Mutation(() => LinkCode, {
    description:
      'Makes a code for a person to say to a bot, good once and for 10 minutes; an earlier one is good no more. Whoever ' +
      'gets it can see all of the history: it is for a bot that the person trusts. RATE_LIMITED after 10 in 15 minutes.',
  })
  createLinkCode(@CurrentUser() userId: string): Promise<LinkCode> {
    return this.identities.createLinkCode(userId);
  }

  @Mutation(() => Identity, {
    description:
      'Links whom a service key acts for to the person who made the code: from now on the key acts for that person, and ' +
      'all is one history. What was recorded before is put behind the history of the person, in its order and with its ' +
      'times. NOT_FOUND when the code is not good, CONFLICT when the identity is linked to another person, FORBIDDEN to ' +
      'who does not act with X-Recollect-User, RATE_LIMITED after 5 codes that were not good in 15 minutes.',
  })
  linkIdentity(@CurrentViewer() viewer: Viewer, @Args() { code }: LinkIdentityArgs): Promise<Identity> {
    return this.identities.link(viewer, code);
  }

  @NotForKeys()
  @Mutation(() => UUIDScalar, {
    description:
      'Ends a link: the history stays with the user, and the bot begins anew with whom its platform calls so. Returns ' +
      `the id. ${NOT_FOUND}`,
  })
  unlinkIdentity(
    @CurrentUser() userId: string,
    @Args('id', { type: () => UUIDScalar, description: 'The identity.' }) id: string,
  ): Promise<string> {
    return this.identities.unlink(userId, id);
  }
}
