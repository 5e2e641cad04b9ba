import { UseGuards } from '@nestjs/common';
import { Args, Int, Query, Resolver } from '@nestjs/graphql';
import { AuthGuard } from './auth.guard.js';
import { CurrentUser } from './current-user.decorator.js';
import { Session } from './session.entity.js';
import { SessionsService } from './sessions.service.js';

@Resolver(() => Session)
@UseGuards(AuthGuard)
export class SessionsResolver {
  constructor(private readonly sessionsService: SessionsService) {}

  @Query(() => [Session])
  sessions(
    @CurrentUser() userId: string,
    @Args('first', { type: () => Int, defaultValue: 20 }) first: number,
  ): Promise<Session[]> {
    return this.sessionsService.list(userId, first);
  }
}
