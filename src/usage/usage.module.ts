import { Module } from '@nestjs/common';
import './token-usage.entity.js';
import { UsageRepository } from './usage.repository.js';
import { UsageResolver } from './usage.resolver.js';
import { UsageService } from './usage.service.js';

@Module({ providers: [UsageResolver, UsageService, UsageRepository], exports: [UsageService] })
export class UsageModule {}
