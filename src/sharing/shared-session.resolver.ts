import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Public } from '../auth/public.decorator.js';
import { ConnectionArgs, type Connection } from '../common/pagination.js';
import { ReadersService } from './readers.service.js';
import { SharedSessionArgs } from './share.input.js';
import { SharedSession, SharedTurnConnection, type SharedTurn } from './shared-session.model.js';

@Resolver(() => SharedSession)
export class SharedSessionResolver {
  constructor(private readonly readers: ReadersService) {}

  @Public()
  @Query(() => SharedSession, {
    description:
      'What a link made by `shareSession` leads to; no account is needed. NOT_FOUND when there is no such link, or it ' +
      'has expired or been revoked; FORBIDDEN when it needs a password and this is not it; RATE_LIMITED beyond 600 reads ' +
      'a minute from one address, or after 10 wrong passwords for it, 100 in all from one address, or 100 for it from ' +
      'anywhere in 15 minutes.',
  })
  sharedSession(
    @Args() args: SharedSessionArgs,
    @Context('remoteAddress') address: string,
  ): Promise<SharedSession> {
    return this.readers.openLink(args, address);
  }

  @ResolveField('turns', () => SharedTurnConnection, {
    description:
      'Its turns in the order of the log, oldest first; `last` gives the newest. A page ends early, with more to come, ' +
      'when it exceeds 4 MiB. Empty once the share is over.',
  })
  turnsOf(@Parent() session: SharedSession, @Args() args: ConnectionArgs): Promise<Connection<SharedTurn>> {
    return this.readers.turns(session, args);
  }
}
