import { Module } from '@nestjs/common';
import { LiveModule } from '../live/live.module.js';
import './ended-session.entity.js';
import './session.entity.js';
import { SessionListRepository } from './session-list.repository.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsResolver } from './sessions.resolver.js';
import { SessionsService } from './sessions.service.js';

@Module({
  imports: [LiveModule],
  providers: [SessionsResolver, SessionsService, SessionsRepository, SessionListRepository],
  exports: [SessionsService],
})
export class SessionsModule {}
