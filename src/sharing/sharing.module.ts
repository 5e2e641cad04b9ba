import { Module } from '@nestjs/common';
import { InteractionsModule } from '../interactions/interactions.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessLog } from './accesses.js';
import { AuthorResolver } from './author.resolver.js';
import './interaction-author.entity.js';
import { InvitationsResolver } from './invitations.resolver.js';
import { LinkPasswords } from './link-passwords.js';
import { ReadersRepository } from './readers.repository.js';
import { ReadersService } from './readers.service.js';
import './share.entity.js';
import { SharedFeed } from './shared-feed.js';
import { SharedSessionResolver } from './shared-session.resolver.js';
import { SharingRepository } from './sharing.repository.js';
import { SharingResolver } from './sharing.resolver.js';
import { SharingService } from './sharing.service.js';

/** Sessions that others may see. */
@Module({
  imports: [InteractionsModule, UsersModule],
  providers: [
    SharingResolver,
    SharingService,
    SharingRepository,
    AuthorResolver,
    SharedSessionResolver,
    InvitationsResolver,
    ReadersService,
    ReadersRepository,
    SharedFeed,
    LinkPasswords,
    AccessLog,
  ],
})
export class SharingModule {}
