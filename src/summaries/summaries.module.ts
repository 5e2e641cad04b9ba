import { Module } from '@nestjs/common';
import { InteractionsModule } from '../interactions/interactions.module.js';
import { LanguageModelService } from '../model/language-model.service.js';
import { ModelModule } from '../model/model.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsageModule } from '../usage/usage.module.js';
import './summary.entity.js';
import { ExtractiveSummarizer } from './extractive-summarizer.js';
import { ModelSummarizer } from './model-summarizer.js';
import { SummariesRepository } from './summaries.repository.js';
import { SessionSummariesResolver, SummariesResolver } from './summaries.resolver.js';
import { SummariesService } from './summaries.service.js';
import { SessionSummarizer } from './session-summarizer.js';
import { SUMMARIZER, type Summarizer } from './summarizer.js';
import { SummaryWriter } from './summary-writer.js';

@Module({
  imports: [InteractionsModule, ModelModule, SessionsModule, UsageModule],
  providers: [
    SummariesResolver,
    SessionSummariesResolver,
    SummariesService,
    SummariesRepository,
    SessionSummarizer,
    SummaryWriter,
    { provide: SUMMARIZER, useFactory: summarizerOf, inject: [LanguageModelService] },
  ],
  exports: [SummariesService],
})
export class SummariesModule {}

function summarizerOf(model: LanguageModelService): Summarizer {
  return model.name === null ? new ExtractiveSummarizer() : new ModelSummarizer(model, model.name);
}
