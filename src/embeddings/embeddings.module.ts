import { Module } from '@nestjs/common';
import { UsageModule } from '../usage/usage.module.js';
import { EmbeddingJob } from './embedding-job.js';
import './embedding-progress.entity.js';
import { EmbeddingProvider } from './embedding-provider.js';
import { EmbeddingsRepository } from './embeddings.repository.js';
import { EmbeddingsService } from './embeddings.service.js';
import './interaction-embedding.entity.js';

/** What was said, found by its meaning. */
@Module({
  imports: [UsageModule],
  providers: [EmbeddingsService, EmbeddingProvider, EmbeddingJob, EmbeddingsRepository],
  exports: [EmbeddingsService],
})
export class EmbeddingsModule {}
