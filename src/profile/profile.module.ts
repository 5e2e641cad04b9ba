import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import './fact.entity.js';
import { ProfileRepository } from './profile.repository.js';
import { FactResolver, ProfileResolver } from './profile.resolver.js';
import { ProfileService } from './profile.service.js';
import './understanding.entity.js';

/** What is known of a user. */
@Module({
  imports: [SessionsModule],
  providers: [ProfileResolver, FactResolver, ProfileService, ProfileRepository],
  exports: [ProfileService],
})
export class ProfileModule {}
