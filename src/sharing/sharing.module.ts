import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { AccessLog } from './accesses.js';
import { LinkPasswords } from './link-passwords.js';
import { ReadersService } from './readers.service.js';
import './share.entity.js';
import { SharedSessionResolver } from './shared-session.resolver.js';
import { SharingRepository } from './sharing.repository.js';
import { SharingResolver } from './sharing.resolver.js';
import { SharingService } from './sharing.service.js';

/** Sessions that others may see. */
@Module({
  imports: [UsersModule],
  providers: [
    SharingResolver,
    SharedSessionResolver,
    SharingService,
    ReadersService,
    SharingRepository,
    LinkPasswords,
    AccessLog,
  ],
})
export class SharingModule {}
