import { Module } from '@nestjs/common';
import { IdentitiesModule } from '../identities/identities.module.js';
import { UsersModule } from '../users/users.module.js';
import { KeysRepository } from './keys.repository.js';
import { KeysResolver } from './keys.resolver.js';
import { KeysService } from './keys.service.js';
import './service-key.entity.js';

@Module({
  imports: [IdentitiesModule, UsersModule],
  providers: [KeysResolver, KeysService, KeysRepository],
  exports: [KeysService],
})
export class KeysModule {}
