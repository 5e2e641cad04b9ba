import { Module } from '@nestjs/common';
import { ChangesRepository } from './changes.repository.js';
import { ChangesResolver } from './changes.resolver.js';
import { ChangesService } from './changes.service.js';
import './change.entity.js';

@Module({ providers: [ChangesResolver, ChangesService, ChangesRepository], exports: [ChangesService] })
export class ChangesModule {}
