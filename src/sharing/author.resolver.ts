import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { GraphQLContext } from '../graphql/context.js';
import { Interaction } from '../interactions/interaction.model.js';
import { InteractionAuthor } from './share.model.js';
import { SharingService } from './sharing.service.js';

@Resolver(() => Interaction)
export class AuthorResolver {
  constructor(private readonly sharing: SharingService) {}

  @ResolveField(() => InteractionAuthor, {
    nullable: true,
    description:
      'Who wrote it, if it was not the user: a collaborator, or whoever shared the session that was continued. Nothing is ' +
      'learnt of the user from it.',
  })
  author(
    @CurrentUser() userId: string,
    @Parent() { id }: Interaction,
    @Context() context: GraphQLContext,
  ): Promise<InteractionAuthor | null> {
    return this.sharing.author(context, userId, id);
  }
}
