import { Args, Context, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { NOT_FOUND } from '../common/errors.js';
import { ConnectionArgs, type Connection } from '../common/pagination.js';
import { UUIDScalar } from '../common/scalars.js';
import type { GraphQLContext } from '../graphql/context.js';
import { InteractionConnection, type Interaction } from '../interactions/interaction.model.js';
import { Session } from '../sessions/session.model.js';
import { SummariesService } from './summaries.service.js';
import { Summary } from './summary.model.js';

const ID = { type: () => UUIDScalar, description: 'The summary.' } as const;

@Resolver(() => Summary)
export class SummariesResolver {
  constructor(private readonly summaries: SummariesService) {}

  @Mutation(() => Summary, {
    nullable: true,
    description:
      'Summarises the older part of what is live in a session now, however short; null when nothing is left to ' +
      `summarise. Interactions stay as they are. ${NOT_FOUND}`,
  })
  summarizeSession(
    @CurrentUser() userId: string,
    @Args('id', { type: () => UUIDScalar, description: 'The session.' }) id: string,
  ): Promise<Summary | null> {
    return this.summaries.summarizeNow(userId, id);
  }

  @Mutation(() => Summary, {
    description:
      'Takes a summary out of force: its interactions are live again, and the summaries it was folded from stand ' +
      'again. Background work leaves such interactions alone, and folds again only with the next summary. CONFLICT ' +
      `when it was folded into another, or nothing else remembers what it covers. ${NOT_FOUND}`,
  })
  revertSummary(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<Summary> {
    return this.summaries.revert(userId, id);
  }

  @Mutation(() => Summary, {
    description: `Pins a summary, which is then never folded, or unpins it. ${NOT_FOUND}`,
  })
  pinSummary(
    @CurrentUser() userId: string,
    @Args('id', ID) id: string,
    @Args('pinned', { description: 'Whether it is to be pinned.' }) pinned: boolean,
  ): Promise<Summary> {
    return this.summaries.pin(userId, id, pinned);
  }

  @ResolveField(() => InteractionConnection, {
    description: 'The interactions it covers, oldest first; those that were cleared are missing.',
  })
  sources(
    @CurrentUser() userId: string,
    @Parent() summary: Summary,
    @Args() page: ConnectionArgs,
  ): Promise<Connection<Interaction>> {
    return this.summaries.sources(userId, summary, page);
  }
}

/** The summaries of a session, wherever it is selected. */
@Resolver(() => Session)
export class SessionSummariesResolver {
  constructor(private readonly summaries: SummariesService) {}

  @ResolveField('summaries', () => [Summary], {
    description:
      'Its summaries in the order of what they cover; its live part is what none of them covers. A fork has those of its ' +
      'ancestors that cover nothing but what it shares.',
  })
  ofSession(
    @CurrentUser() userId: string,
    @Parent() { id }: Session,
    @Context() context: GraphQLContext,
    @Args('history', {
      defaultValue: false,
      description: 'Those too that were reverted or folded into others.',
    })
    history: boolean,
  ): Promise<Summary[]> {
    return this.summaries.load(context, userId, id, history);
  }
}
