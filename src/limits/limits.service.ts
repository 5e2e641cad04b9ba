import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import { RateLimitedError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/config.js';

/** How often something may be done in a window of time, by key. Keys must not tell who is meant: Redis holds them. */
export class Limit {
  constructor(
    private readonly limiter: RateLimiterAbstract,
    private readonly inWords: string,
  ) {}

  /** Throws RateLimitedError, with the limit in words, when there are not so many points left. */
  async take(key: string, points = 1, inWords = this.inWords): Promise<void> {
    try {
      await this.limiter.consume(key, points);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new RateLimitedError(inWords, Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
    }
  }

  async giveBack(key: string): Promise<void> {
    await this.limiter.reward(key);
  }

  async forget(key: string): Promise<void> {
    await this.limiter.delete(key);
  }
}

/** Makes limits: in memory, or in Redis for all processes together; while Redis is away each counts for itself. */
@Injectable()
export class LimitsService implements OnApplicationShutdown {
  private readonly redis: Redis | undefined;

  constructor(@Inject(CONFIG) config: Config) {
    if (!config.REDIS_URL) return;
    this.redis = new Redis(config.REDIS_URL, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
    // ioredis reconnects by itself; without a listener an error event would end the process.
    this.redis.on('error', () => undefined);
  }

  limit(name: string, points: number, duration: number, inWords = 'Too many attempts'): Limit {
    const memory = { points, duration };
    if (!this.redis) return new Limit(new RateLimiterMemory(memory), inWords);
    return new Limit(
      new RateLimiterRedis({
        ...memory,
        storeClient: this.redis,
        keyPrefix: `recollect:attempts:${name}`,
        rejectIfRedisNotReady: true,
        insuranceLimiter: new RateLimiterMemory(memory),
      }),
      inWords,
    );
  }

  onApplicationShutdown(): void {
    this.redis?.disconnect();
  }
}
