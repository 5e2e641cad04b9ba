import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { LibraryRepository } from './library.repository.js';
import { SessionExcerptsResolver } from './library.resolver.js';
import { LibraryService } from './library.service.js';

/** Sessions as a library: found, shown, tagged, changed by the many. */
@Module({
  imports: [SessionsModule],
  providers: [SessionExcerptsResolver, LibraryService, LibraryRepository],
})
export class LibraryModule {}
