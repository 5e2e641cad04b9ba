import { Module } from '@nestjs/common';
import { LiveModule } from '../live/live.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import './interaction.entity.js';
import './message-id.entity.js';
import { InteractionsRepository } from './interactions.repository.js';
import { InteractionsResolver } from './interactions.resolver.js';
import { InteractionsService } from './interactions.service.js';
import { InteractionSessionResolver, SessionLogResolver } from './session-log.resolver.js';

@Module({
  imports: [LiveModule, SessionsModule],
  providers: [
    InteractionsResolver,
    SessionLogResolver,
    InteractionSessionResolver,
    InteractionsService,
    InteractionsRepository,
  ],
  exports: [InteractionsService],
})
export class InteractionsModule {}
