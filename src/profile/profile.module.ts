import { Module } from '@nestjs/common';
import { LanguageModelService } from '../model/language-model.service.js';
import { ModelModule } from '../model/model.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { EXTRACTOR, type Extractor } from './extractor.js';
import './fact.entity.js';
import { LearningRepository } from './learning.repository.js';
import { LearningService } from './learning.service.js';
import { ModelExtractor } from './model-extractor.js';
import { PatternExtractor } from './patterns/pattern-extractor.js';
import { ProfileRepository } from './profile.repository.js';
import { FactResolver, ProfileResolver } from './profile.resolver.js';
import { ProfileService } from './profile.service.js';
import './understanding.entity.js';

/** What is known of a user. */
@Module({
  imports: [ModelModule, SessionsModule, UsageModule],
  providers: [
    ProfileResolver,
    FactResolver,
    ProfileService,
    ProfileRepository,
    LearningService,
    LearningRepository,
    { provide: EXTRACTOR, useFactory: extractorOf, inject: [LanguageModelService] },
  ],
  exports: [ProfileService, LearningService],
})
export class ProfileModule {}

function extractorOf(model: LanguageModelService): Extractor {
  return model.name === null ? new PatternExtractor() : new ModelExtractor(model, model.name);
}
