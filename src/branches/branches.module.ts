import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import './cleared-history.entity.js';
import './session-ancestor.entity.js';
import { BranchesRepository } from './branches.repository.js';
import { BranchesResolver } from './branches.resolver.js';
import { BranchesService } from './branches.service.js';

@Module({
  imports: [SessionsModule],
  providers: [BranchesResolver, BranchesService, BranchesRepository],
  exports: [BranchesService],
})
export class BranchesModule {}
