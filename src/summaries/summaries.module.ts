import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { InteractionsModule } from '../interactions/interactions.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import './summary.entity.js';
import { ExtractiveSummarizer } from './extractive-summarizer.js';
import { ModelSummarizer } from './model-summarizer.js';
import { SummariesRepository } from './summaries.repository.js';
import { SessionSummariesResolver, SummariesResolver } from './summaries.resolver.js';
import { SummariesService } from './summaries.service.js';
import { SUMMARIZER, type Summarizer } from './summarizer.js';

@Module({
  imports: [InteractionsModule, SessionsModule],
  providers: [
    SummariesResolver,
    SessionSummariesResolver,
    SummariesService,
    SummariesRepository,
    { provide: SUMMARIZER, useFactory: summarizerOf, inject: [CONFIG] },
  ],
  exports: [SummariesService],
})
export class SummariesModule {}

function summarizerOf(config: Config): Summarizer {
  const { LLM_BASE_URL: baseUrl, LLM_MODEL: model } = config;
  if (!baseUrl || !model) return new ExtractiveSummarizer();
  return new ModelSummarizer({
    baseUrl,
    model,
    apiKey: config.LLM_API_KEY,
    timeoutMs: config.LLM_TIMEOUT_SECONDS * 1000,
  });
}
