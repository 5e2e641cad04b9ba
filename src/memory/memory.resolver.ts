import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { CurrentViewer } from '../auth/current-viewer.decorator.js';
import { UUIDScalar } from '../common/scalars.js';
import { demandSession, type GraphQLContext, type Viewer } from '../graphql/context.js';
import { Interaction } from '../interactions/interaction.model.js';
import { BuildContextInput } from './context.input.js';
import { ContextReplay, ContextSource, ModelContext } from './context.model.js';
import { ContextService } from './context.service.js';
import { ReceiptsService } from './receipts.service.js';
import { RecallArgs } from './recall.input.js';
import { RecallHit } from './recall.model.js';
import { RecallService } from './recall.service.js';

@Resolver(() => Interaction)
export class MemoryResolver {
  constructor(
    private readonly recallService: RecallService,
    private readonly contexts: ContextService,
    private readonly receipts: ReceiptsService,
  ) {}

  @Query(() => [RecallHit], {
    description:
      'What was said about something in all sessions, best first: by words and their forms, names, typos, and what ' +
      'was said around it. A month or day in the query counts too.',
  })
  recall(@CurrentViewer() viewer: Viewer, @Args() args: RecallArgs): Promise<RecallHit[]> {
    demandSession(viewer, args.askedIn, 'askedIn');
    return this.recallService.recall(viewer.userId, args);
  }

  @Query(() => ModelContext, {
    description:
      'What a model should remember before it answers, within a token budget: what was said about the query in all ' +
      'sessions, and the newest turns. If the whole history fits, all of it, in order.',
  })
  buildContext(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'What to remember, for what.' }) input: BuildContextInput,
  ): Promise<ModelContext> {
    demandSession(viewer, input.sessionId, 'input.sessionId');
    return this.contexts.build(viewer.userId, input);
  }

  @Query(() => ContextReplay, {
    nullable: true,
    description:
      'The context that an interaction used, as it was sent, and what would be different today; null when its ' +
      '`contextUsed` did not come from `buildContext`. NOT_FOUND when there is no such interaction.',
  })
  replayContext(
    @CurrentUser() userId: string,
    @Args('interactionId', { type: () => UUIDScalar, description: 'The interaction.' }) interactionId: string,
  ): Promise<ContextReplay | null> {
    return this.receipts.replay(userId, interactionId);
  }

  @ResolveField(() => [ContextSource], {
    description:
      'What its context was made of, as far as it still exists. Empty when `contextUsed` did not come from ' +
      '`buildContext`.',
  })
  contextSources(
    @CurrentUser() userId: string,
    @Parent() interaction: Interaction,
    @Context() context: GraphQLContext,
  ): Promise<ContextSource[]> {
    return this.receipts.sourcesOf(context, userId, interaction);
  }
}
