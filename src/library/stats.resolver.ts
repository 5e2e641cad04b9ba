import { Query, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { LibraryService } from './library.service.js';
import { SessionStats } from './stats.model.js';

@Resolver()
export class StatsResolver {
  constructor(private readonly library: LibraryService) {}

  @Query(() => SessionStats, { description: 'How many sessions the user has, and what is in them.' })
  sessionStats(@CurrentUser() userId: string): Promise<SessionStats> {
    return this.library.stats(userId);
  }
}
