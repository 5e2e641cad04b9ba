import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { BackgroundService } from './background.service.js';

@Module({ imports: [SessionsModule], providers: [BackgroundService] })
export class BackgroundModule {}
