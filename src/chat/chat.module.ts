import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { InteractionsModule } from '../interactions/interactions.module.js';
import { MemoryModule } from '../memory/memory.module.js';
import { QuotesService } from '../memory/quotes.service.js';
import { LanguageModelService } from '../model/language-model.service.js';
import { ModelModule } from '../model/model.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsageModule } from '../usage/usage.module.js';
import './answer-piece.entity.js';
import './answer.entity.js';
import { AnswerFeed } from './answer-feed.js';
import { AnswerRuns } from './answer-runs.js';
import { AnswersRepository } from './answers.repository.js';
import { ChatResolver } from './chat.resolver.js';
import { ChatService } from './chat.service.js';
import { ModelResponder } from './model-responder.js';
import { RecallResponder } from './recall-responder.js';
import { RESPONDER, type Responder } from './responder.js';

/** Questions that are answered here. */
@Module({
  imports: [InteractionsModule, MemoryModule, ModelModule, SessionsModule, UsageModule],
  providers: [
    ChatResolver,
    ChatService,
    AnswerRuns,
    AnswerFeed,
    AnswersRepository,
    { provide: RESPONDER, useFactory: responderOf, inject: [LanguageModelService, QuotesService, CONFIG] },
  ],
})
export class ChatModule {}

function responderOf(model: LanguageModelService, quotes: QuotesService, config: Config): Responder {
  return model.name === null ? new RecallResponder(quotes) : new ModelResponder(model, model.name, config);
}
