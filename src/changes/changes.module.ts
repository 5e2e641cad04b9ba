import { Module } from '@nestjs/common';
import { LiveModule } from '../live/live.module.js';
import { ChangesRepository } from './changes.repository.js';
import { ChangesResolver } from './changes.resolver.js';
import { ChangesService } from './changes.service.js';
import './change.entity.js';

@Module({
  imports: [LiveModule],
  providers: [ChangesResolver, ChangesService, ChangesRepository],
})
export class ChangesModule {}
