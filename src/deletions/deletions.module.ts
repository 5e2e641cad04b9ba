import { Module } from '@nestjs/common';
import './deletion-receipt.entity.js';
import { DeletionsRepository } from './deletions.repository.js';
import { DeletionsResolver } from './deletions.resolver.js';
import { DeletionsService } from './deletions.service.js';

@Module({
  providers: [DeletionsResolver, DeletionsService, DeletionsRepository],
  exports: [DeletionsService],
})
export class DeletionsModule {}
