import { Global, Module } from '@nestjs/common';
import { Attempts } from './attempts.service.js';
import { LimitsService } from './limits.service.js';

/** Global, because whoever is called from outside may have something to count. */
@Global()
@Module({ providers: [LimitsService, Attempts], exports: [LimitsService, Attempts] })
export class LimitsModule {}
