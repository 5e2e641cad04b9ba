import { Module } from '@nestjs/common';
import { Passwords } from './passwords.service.js';
import './revision.entity.js';
import { UsersRepository } from './users.repository.js';
import { UsersResolver } from './users.resolver.js';
import { UsersService } from './users.service.js';

@Module({
  providers: [UsersResolver, UsersService, UsersRepository, Passwords],
  exports: [UsersService, Passwords],
})
export class UsersModule {}
