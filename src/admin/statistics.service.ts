import { Injectable } from '@nestjs/common';
import { MetricsService } from '../metrics/metrics.service.js';
import type { AdminStats, CacheFigures } from './admin.model.js';
import { StatisticsRepository } from './statistics.repository.js';

const REMEMBERED_MS = 60_000;

type Counted = Omit<AdminStats, 'contextCache'>;

/** Figures of everybody. A process counts at most once a minute, however many ask. */
@Injectable()
export class StatisticsService {
  private counted: { until: number; figures: Promise<Counted> } | null = null;

  constructor(
    private readonly repository: StatisticsRepository,
    private readonly metrics: MetricsService,
  ) {}

  async read(): Promise<AdminStats> {
    const now = Date.now();
    if (!this.counted || this.counted.until <= now) {
      const figures = this.count(new Date(now));
      figures.catch(() => this.forget());
      this.counted = { until: now + REMEMBERED_MS, figures };
    }
    return { ...(await this.counted.figures), contextCache: await this.contextCache() };
  }

  /** Lets the next who asks count anew. */
  forget(): void {
    this.counted = null;
  }

  private async count(asOf: Date): Promise<Counted> {
    const [users, sessions, recent, storage] = await Promise.all([
      this.repository.users(),
      this.repository.sessions(),
      this.repository.recent(),
      this.repository.storage(),
    ]);
    return { asOf, users, ...sessions, recent, storage };
  }

  private async contextCache(): Promise<CacheFigures> {
    const { hits, misses } = await this.metrics.contextCache();
    const asked = hits + misses;
    const since = new Date(Date.now() - process.uptime() * 1000);
    return { hits, misses, hitRate: asked === 0 ? null : hits / asked, since };
  }
}
