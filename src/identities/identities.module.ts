import { Module } from '@nestjs/common';
import { IdentitiesRepository } from './identities.repository.js';
import { IdentitiesResolver } from './identities.resolver.js';
import { IdentitiesService } from './identities.service.js';
import './identity.entity.js';
import './link-code.entity.js';

@Module({
  providers: [IdentitiesResolver, IdentitiesService, IdentitiesRepository],
  exports: [IdentitiesService],
})
export class IdentitiesModule {}
