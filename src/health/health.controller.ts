import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
} from '@nestjs/terminus';
import { Public } from '../auth/public.decorator.js';
import { Database } from '../database/database.js';
import { EmbeddingsService } from '../embeddings/embeddings.service.js';

const TIMEOUT_MILLISECONDS = 1500;

@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
    private readonly embeddings: EmbeddingsService,
  ) {}

  /** Whether the process works: restart it if not. */
  @Get('live')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** Whether it can serve: send it no traffic if not. Embeddings only improve what it serves, so they are never "down". */
  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () =>
        this.indicators
          .check('database')
          .attempt(() => this.database.ping())
          .withTimeout(TIMEOUT_MILLISECONDS),
      () => this.indicators.check('embeddings').up({ ...this.embeddings.health }),
    ]);
  }
}
