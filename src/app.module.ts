import { Module, type DynamicModule } from '@nestjs/common';
import { AdminModule } from './admin/admin.module.js';
import { AuthModule } from './auth/auth.module.js';
import { BackgroundModule } from './background/background.module.js';
import { BackupsModule } from './backups/backups.module.js';
import { BranchesModule } from './branches/branches.module.js';
import type { Config } from './config/config.js';
import { ChatModule } from './chat/chat.module.js';
import { ChangesModule } from './changes/changes.module.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DeletionsModule } from './deletions/deletions.module.js';
import { ExportModule } from './export/export.module.js';
import { ApiModule } from './graphql/graphql.module.js';
import { HealthModule } from './health/health.module.js';
import { ImportModule } from './import/import.module.js';
import { InteractionsModule } from './interactions/interactions.module.js';
import { IdentitiesModule } from './identities/identities.module.js';
import { KeysModule } from './keys/keys.module.js';
import { LibraryModule } from './library/library.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { LiveModule } from './live/live.module.js';
import { LoggingModule } from './logging/logging.module.js';
import { MemoryModule } from './memory/memory.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ProfileModule } from './profile/profile.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { SummariesModule } from './summaries/summaries.module.js';
import { TemplatesModule } from './templates/templates.module.js';
import { SharingModule } from './sharing/sharing.module.js';
import { UsageModule } from './usage/usage.module.js';
import { UsersModule } from './users/users.module.js';

@Module({
  imports: [
    DatabaseModule,
    LoggingModule,
    ApiModule,
    LiveModule,
    LimitsModule,
    AuthModule,
    UsersModule,
    KeysModule,
    IdentitiesModule,
    SessionsModule,
    TemplatesModule,
    InteractionsModule,
    BranchesModule,
    LibraryModule,
    SummariesModule,
    ChangesModule,
    MemoryModule,
    ProfileModule,
    UsageModule,
    DeletionsModule,
    ExportModule,
    ImportModule,
    BackupsModule,
    SharingModule,
    ChatModule,
    AdminModule,
    BackgroundModule,
    HealthModule,
    MetricsModule,
  ],
})
export class AppModule {
  static with(config: Config): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.with(config)] };
  }
}
