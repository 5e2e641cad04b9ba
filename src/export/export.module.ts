import { Module } from '@nestjs/common';
import { InteractionsModule } from '../interactions/interactions.module.js';
import { ProgressModule } from '../progress/progress.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import './export.entity.js';
import { AccountExportRepository } from './account-export.repository.js';
import { ExportController } from './export.controller.js';
import { ExportRepository } from './export.repository.js';
import { ExportResolver } from './export.resolver.js';
import { ExportService } from './export.service.js';

/** A user's sessions as files. */
@Module({
  imports: [UsersModule, SessionsModule, InteractionsModule, ProgressModule],
  controllers: [ExportController],
  providers: [ExportResolver, ExportService, ExportRepository, AccountExportRepository],
  exports: [ExportService],
})
export class ExportModule {}
