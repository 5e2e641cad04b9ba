import { timingSafeEqual, createHash } from 'node:crypto';
import { Controller, Get, Headers, Inject, NotFoundException, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/public.decorator.js';
import { UnauthenticatedError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/config.js';
import { MetricsService } from './metrics.service.js';

@Public()
@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly metrics: MetricsService,
  ) {}

  @Get()
  async read(
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    this.demandPermission(authorization);
    void reply.type(this.metrics.contentType);
    return this.metrics.text();
  }

  private demandPermission(authorization: string | undefined): void {
    const { METRICS_TOKEN: token, NODE_ENV } = this.config;
    if (token) {
      if (!isSame(authorization ?? '', `Bearer ${token}`)) {
        throw new UnauthenticatedError('Send "Authorization: Bearer <METRICS_TOKEN>".');
      }
    } else if (NODE_ENV === 'production') {
      throw new NotFoundException('Metrics are off: METRICS_TOKEN is not set.');
    }
  }
}

/** In a time that tells nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
