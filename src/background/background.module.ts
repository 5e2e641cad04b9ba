import { Module } from '@nestjs/common';
import { BackupsModule } from '../backups/backups.module.js';
import { AdminModule } from '../admin/admin.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { CompressionModule } from '../compression/compression.module.js';
import { DeletionsModule } from '../deletions/deletions.module.js';
import { EmbeddingsModule } from '../embeddings/embeddings.module.js';
import { ProfileModule } from '../profile/profile.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SummariesModule } from '../summaries/summaries.module.js';
import { TitlesModule } from '../titles/titles.module.js';
import { BackgroundService } from './background.service.js';

@Module({
  imports: [
    BackupsModule,
    AdminModule,
    ChangesModule,
    CompressionModule,
    DeletionsModule,
    EmbeddingsModule,
    ProfileModule,
    SessionsModule,
    SummariesModule,
    TitlesModule,
  ],
  providers: [BackgroundService],
})
export class BackgroundModule {}
