import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { MemoryModule } from '../memory/memory.module.js';
import { ProfileModule } from '../profile/profile.module.js';
import { ProgressModule } from '../progress/progress.module.js';
import './import-chunk.entity.js';
import { ImportRuns } from './import-runs.js';
import './import.entity.js';
import { ImportRepository } from './import.repository.js';
import { ImportResolver } from './import.resolver.js';
import { ImportService } from './import.service.js';
import { UploadRoute } from './upload-route.js';

/** Files of conversations, ours and those of other products. */
@Module({
  imports: [AuthModule, KeysModule, MemoryModule, ProfileModule, ProgressModule],
  providers: [ImportResolver, ImportService, ImportRepository, ImportRuns, UploadRoute],
  exports: [ImportService],
})
export class ImportModule {}
