import { Mutation, Query, Resolver } from '@nestjs/graphql';
import { ForAdmins } from '../auth/for-admins.decorator.js';
import { AdminCleanup, AdminStats } from './admin.model.js';
import { CleanupService } from './cleanup.service.js';
import { StatisticsService } from './statistics.service.js';

const FORBIDDEN =
  'FORBIDDEN to who is no administrator; a service key needs the scope ADMIN, and acts for nobody else.';

@ForAdmins()
@Resolver()
export class AdminResolver {
  constructor(
    private readonly statistics: StatisticsService,
    private readonly cleanup: CleanupService,
  ) {}

  @Query(() => AdminStats, { description: `Figures of everybody, for operators. ${FORBIDDEN}` })
  adminStats(): Promise<AdminStats> {
    return this.statistics.read();
  }

  @Mutation(() => AdminCleanup, {
    description:
      'Does now, for everybody, what background work does in its time: ends stale sessions, applies retention as it is ' +
      `configured, drops what has expired. Safe to run beside it, and twice. ${FORBIDDEN}`,
  })
  adminCleanup(): Promise<AdminCleanup> {
    return this.cleanup.run();
  }
}
