import { Module } from '@nestjs/common';
import { EmbeddingsModule } from '../embeddings/embeddings.module.js';
import { InteractionsModule } from '../interactions/interactions.module.js';
import { LiveModule } from '../live/live.module.js';
import { UsersModule } from '../users/users.module.js';
import { BlocksRepository } from './blocks.repository.js';
import { ContextBuilder } from './context-builder.js';
import { ContextReader } from './context-reader.js';
import { ContextService } from './context.service.js';
import { GroupHistoryRepository } from './group-history.repository.js';
import { HistoryReader } from './history.js';
import { HistoryRepository } from './history.repository.js';
import { KnownLogs } from './known-log.js';
import { MemoryRepository } from './memory.repository.js';
import { NotesRepository } from './notes.repository.js';
import { MemoryResolver } from './memory.resolver.js';
import { QuotesService } from './quotes.service.js';
import './recall-block.entity.js';
import { ReceiptsService } from './receipts.service.js';
import { RecalledSummariesRepository } from './recalled-summaries.repository.js';
import { RecallService } from './recall.service.js';
import { Sealer } from './sealer.js';

/** What a model should remember before it answers. */
@Module({
  imports: [EmbeddingsModule, InteractionsModule, LiveModule, UsersModule],
  providers: [
    MemoryResolver,
    RecallService,
    QuotesService,
    ContextService,
    ContextBuilder,
    ContextReader,
    ReceiptsService,
    GroupHistoryRepository,
    HistoryReader,
    HistoryRepository,
    KnownLogs,
    Sealer,
    BlocksRepository,
    MemoryRepository,
    RecalledSummariesRepository,
    NotesRepository,
  ],
  exports: [ContextService, QuotesService, RecallService],
})
export class MemoryModule {}
