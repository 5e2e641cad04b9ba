import { Module } from '@nestjs/common';
import { LiveModule } from '../live/live.module.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';

/** Figures for Prometheus. */
@Module({ imports: [LiveModule], controllers: [MetricsController], providers: [MetricsService] })
export class MetricsModule {}
