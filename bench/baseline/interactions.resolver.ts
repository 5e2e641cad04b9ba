import { UseGuards } from '@nestjs/common';
import { Args, Int, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { AuthGuard } from './auth.guard.js';
import { CurrentUser } from './current-user.decorator.js';
import { Interaction } from './interaction.entity.js';
import { InteractionsService } from './interactions.service.js';
import { RecordInteractionInput } from './record-interaction.input.js';

@Resolver(() => Interaction)
@UseGuards(AuthGuard)
export class InteractionsResolver {
  constructor(private readonly interactions: InteractionsService) {}

  @Query(() => [Interaction])
  recentInteractions(
    @CurrentUser() userId: string,
    @Args('limit', { type: () => Int, defaultValue: 20 }) limit: number,
  ): Promise<Interaction[]> {
    return this.interactions.recent(userId, limit);
  }

  @Mutation(() => Interaction)
  recordInteraction(
    @CurrentUser() userId: string,
    @Args('input') input: RecordInteractionInput,
  ): Promise<Interaction> {
    return this.interactions.record(userId, input);
  }

  @Subscription(() => Interaction)
  interactionAdded(@CurrentUser() userId: string): AsyncIterableIterator<unknown> {
    return this.interactions.added(userId);
  }
}
