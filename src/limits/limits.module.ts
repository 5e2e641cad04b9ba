import { Global, Module } from '@nestjs/common';
import { LimitsService } from './limits.service.js';

/** Global, because whoever is called from outside may have something to count. */
@Global()
@Module({ providers: [LimitsService], exports: [LimitsService] })
export class LimitsModule {}
