import { Module } from '@nestjs/common';
import { LiveModule } from '../live/live.module.js';
import './ended-session.entity.js';
import './session.entity.js';
import { SessionListRepository } from './session-list.repository.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsResolver } from './sessions.resolver.js';
import { SessionsService } from './sessions.service.js';
import { SessionUpkeep } from './session-upkeep.service.js';

@Module({
  imports: [LiveModule],
  providers: [SessionsResolver, SessionsService, SessionUpkeep, SessionsRepository, SessionListRepository],
  exports: [SessionsService, SessionUpkeep],
})
export class SessionsModule {}
