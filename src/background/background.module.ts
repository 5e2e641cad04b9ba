import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SummariesModule } from '../summaries/summaries.module.js';
import { BackgroundService } from './background.service.js';

@Module({ imports: [SessionsModule, SummariesModule], providers: [BackgroundService] })
export class BackgroundModule {}
