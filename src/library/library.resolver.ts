import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { GraphQLContext } from '../graphql/context.js';
import { Session } from '../sessions/session.model.js';
import { LibraryService } from './library.service.js';
import { MessageExcerpt } from './message-excerpt.model.js';

/** What a library shows of a session beside the session itself. */
@Resolver(() => Session)
export class SessionExcerptsResolver {
  constructor(private readonly library: LibraryService) {}

  @ResolveField(() => MessageExcerpt, {
    nullable: true,
    description:
      'The beginning of the first message that was said in it, of a fork after the fork point; null while there is none.',
  })
  async preview(
    @CurrentUser() userId: string,
    @Parent() session: Session,
    @Context() context: GraphQLContext,
  ): Promise<MessageExcerpt | null> {
    return (await this.library.excerpts(context, userId, session)).preview;
  }

  @ResolveField(() => MessageExcerpt, {
    nullable: true,
    description: 'The beginning of the last message that was said in it; null while there is none.',
  })
  async lastMessage(
    @CurrentUser() userId: string,
    @Parent() session: Session,
    @Context() context: GraphQLContext,
  ): Promise<MessageExcerpt | null> {
    return (await this.library.excerpts(context, userId, session)).lastMessage;
  }
}
