import { Args, Context, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { NOT_FOUND } from '../common/errors.js';
import { ConnectionArgs, type Connection } from '../common/pagination.js';
import { UUIDScalar } from '../common/scalars.js';
import type { GraphQLContext } from '../graphql/context.js';
import { Interaction } from '../interactions/interaction.model.js';
import { Session, SessionConnection } from '../sessions/session.model.js';
import { ForkSessionInput } from './branch.input.js';
import { SessionTree } from './branch.model.js';
import { BranchesService } from './branches.service.js';

@Resolver(() => Session)
export class BranchesResolver {
  constructor(private readonly branches: BranchesService) {}

  @Mutation(() => Session, {
    description:
      'Begins a session whose history up to an interaction is that of another: the same interactions, not copies. What ' +
      'is said in either from then on is not in the other. It takes over scope, type, channel, project, title, tags, ' +
      'state, metadata, privacy and limits, and is the active session of its scope; another active one there ends (SUPERSEDED). ' +
      'NOT_FOUND when there is no such session, or the interaction is not in its history. CONFLICT in the hundredth ' +
      'generation, of a private session in what has become a group’s scope, and when another session is stored under the ' +
      'given id.',
  })
  forkSession(
    @CurrentUser() userId: string,
    @Args('input', { description: 'What to fork, and where.' }) input: ForkSessionInput,
  ): Promise<Session> {
    return this.branches.fork(userId, input);
  }

  @Query(() => SessionTree, {
    description: `A session with those it was forked from and all their forks. ${NOT_FOUND}`,
  })
  sessionTree(
    @CurrentUser() userId: string,
    @Args('id', { type: () => UUIDScalar, description: 'Any session of the tree.' }) id: string,
  ): Promise<SessionTree> {
    return this.branches.tree(userId, id);
  }

  @ResolveField(() => Session, {
    nullable: true,
    description: 'The session it is a fork of, as `parentSessionId` tells.',
  })
  parent(@Parent() session: Session, @Context() context: GraphQLContext): Promise<Session> | null {
    return this.branches.parentOf(context, session);
  }

  @ResolveField(() => Interaction, {
    nullable: true,
    description:
      'The last interaction that it has of its parent; null when that has been deleted or it was cleared, and of a ' +
      'session that is no fork.',
  })
  forkPoint(
    @Parent() session: Session,
    @Context() context: GraphQLContext,
  ): Promise<Interaction | null> | null {
    return this.branches.forkPointOf(context, session);
  }

  @ResolveField(() => SessionConnection, {
    description: 'The sessions that are forks of it, oldest first; forks of these are in `sessionTree`.',
  })
  forks(@Parent() session: Session, @Args() page: ConnectionArgs): Promise<Connection<Session>> {
    return this.branches.forksOf(session, page);
  }

  @ResolveField(() => Int, {
    description: 'Number of interactions that it has of other sessions; `interactionCount` are its own.',
  })
  inheritedInteractionCount(@Parent() session: Session, @Context() context: GraphQLContext): Promise<number> {
    return this.branches.inheritedCountOf(context, session);
  }
}
