import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { GraphQLContext } from '../graphql/context.js';
import { Interaction } from '../interactions/interaction.model.js';
import { UsageArgs } from './usage.input.js';
import { TokenUsage, UsageGroup } from './usage.model.js';
import { UsageService } from './usage.service.js';

@Resolver(() => Interaction)
export class UsageResolver {
  constructor(private readonly usageService: UsageService) {}

  @Query(() => [UsageGroup], {
    description:
      'Tokens that models took for the user, summed by day, kind, model or session; at most 1,000 groups. What was ' +
      'spent on something that has been deleted stays counted.',
  })
  usage(@CurrentUser() userId: string, @Args() args: UsageArgs): Promise<UsageGroup[]> {
    return this.usageService.grouped(userId, args);
  }

  @ResolveField(() => TokenUsage, {
    name: 'usage',
    description: 'Tokens that models took for it: its answer, answers it had before, its embedding.',
  })
  usageOfInteraction(
    @CurrentUser() userId: string,
    @Parent() { id }: Interaction,
    @Context() context: GraphQLContext,
  ): Promise<TokenUsage> {
    return this.usageService.ofInteraction(context, userId, id);
  }
}
