import { Module } from '@nestjs/common';
import { ChangesModule } from '../changes/changes.module.js';
import { DeletionsModule } from '../deletions/deletions.module.js';
import { ExportModule } from '../export/export.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AdminResolver } from './admin.resolver.js';
import { CleanupService } from './cleanup.service.js';
import { StatisticsRepository } from './statistics.repository.js';
import { StatisticsService } from './statistics.service.js';

/** What operators see and do. */
@Module({
  imports: [ChangesModule, DeletionsModule, ExportModule, IdentitiesModule, MetricsModule, SessionsModule],
  providers: [AdminResolver, StatisticsService, StatisticsRepository, CleanupService],
  exports: [CleanupService],
})
export class AdminModule {}
