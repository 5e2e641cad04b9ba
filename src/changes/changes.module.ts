import { Module } from '@nestjs/common';
import { ChangesResolver } from './changes.resolver.js';
import { ChangesService } from './changes.service.js';
import './change.entity.js';

@Module({ providers: [ChangesResolver, ChangesService] })
export class ChangesModule {}
