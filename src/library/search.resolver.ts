import { Args, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { CurrentViewer } from '../auth/current-viewer.decorator.js';
import type { Connection } from '../common/pagination.js';
import { demandSession, type Viewer } from '../graphql/context.js';
import { InteractionConnection, type Interaction } from '../interactions/interaction.model.js';
import { RecallHit } from '../memory/recall.model.js';
import { Session } from '../sessions/session.model.js';
import { AroundArgs, SearchSessionsArgs } from './search.input.js';
import { SessionHit } from './search.model.js';
import { SearchService } from './search.service.js';

@Resolver(() => RecallHit)
export class SearchResolver {
  constructor(private readonly search: SearchService) {}

  @Query(() => [SessionHit], {
    description:
      'Sessions by what was said in them, those with the best hits first; found as `recall` finds. With the `cursor` of ' +
      'a hit, `Session.interactionsAround` leads to its place in the session.',
  })
  searchSessions(@CurrentViewer() viewer: Viewer, @Args() args: SearchSessionsArgs): Promise<SessionHit[]> {
    demandSession(viewer, args.askedIn, 'askedIn');
    return this.search.search(viewer.userId, args);
  }

  @ResolveField(() => String, {
    description:
      'Its place in the `interactions` of its session, for `interactionsAround`, `after` and `before`.',
  })
  cursor(@CurrentUser() userId: string, @Parent() { interaction }: RecallHit): string {
    return this.search.cursorOf(userId, interaction);
  }
}

/** The log around a place. */
@Resolver(() => Session)
export class AroundResolver {
  constructor(private readonly search: SearchService) {}

  @ResolveField(() => InteractionConnection, {
    description:
      'Its interactions around a place in the log, the one there among them; `interactions` goes on from the cursors ' +
      'of the page. A page ends early, with more to come, when it exceeds 4 MiB.',
  })
  interactionsAround(
    @CurrentUser() userId: string,
    @Parent() { id }: Session,
    @Args() args: AroundArgs,
  ): Promise<Connection<Interaction>> {
    return this.search.around(userId, id, args);
  }
}
