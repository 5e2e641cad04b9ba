import { Module } from '@nestjs/common';
import { HistoryReader } from './history.js';
import { MemoryRepository } from './memory.repository.js';
import { MemoryResolver } from './memory.resolver.js';
import './recall-block.entity.js';
import { RecallService } from './recall.service.js';
import { Sealer } from './sealer.js';

/** What a model should remember before it answers. */
@Module({
  providers: [MemoryResolver, RecallService, HistoryReader, Sealer, MemoryRepository],
})
export class MemoryModule {}
