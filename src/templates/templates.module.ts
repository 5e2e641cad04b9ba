import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import './template.entity.js';
import { TemplatesRepository } from './templates.repository.js';
import { TemplatesResolver } from './templates.resolver.js';
import { TemplatesService } from './templates.service.js';

/** Named starting points of sessions. */
@Module({
  imports: [SessionsModule],
  providers: [TemplatesResolver, TemplatesService, TemplatesRepository],
})
export class TemplatesModule {}
