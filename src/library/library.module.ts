import { Module } from '@nestjs/common';
import { InteractionsModule } from '../interactions/interactions.module.js';
import { MemoryModule } from '../memory/memory.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { BulkResolver } from './bulk.resolver.js';
import { BulkService } from './bulk.service.js';
import { LibraryRepository } from './library.repository.js';
import { SessionExcerptsResolver } from './library.resolver.js';
import { LibraryService } from './library.service.js';
import { AroundResolver, SearchResolver } from './search.resolver.js';
import { SearchService } from './search.service.js';
import { StatsResolver } from './stats.resolver.js';
import { TagsResolver } from './tags.resolver.js';
import { TagsService } from './tags.service.js';

/** Sessions as a library: found, shown, tagged, changed by the many. */
@Module({
  imports: [InteractionsModule, MemoryModule, SessionsModule],
  providers: [
    SessionExcerptsResolver,
    SearchResolver,
    AroundResolver,
    StatsResolver,
    TagsResolver,
    BulkResolver,
    LibraryService,
    SearchService,
    TagsService,
    BulkService,
    LibraryRepository,
  ],
})
export class LibraryModule {}
