import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
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

type Purpose = 'login' | 'register' | 'delete';

/** Attempts per quarter of an hour. Successful logins are given back: in effect, only failures count. */
const WINDOW_SECONDS = 900;
const PER_ADDRESS = 100;
const PER_ACCOUNT_AND_ADDRESS = 10;

/**
 * Counts attempts at what needs a password, per execution of a field: aliases in one request gain nothing. In memory,
 * or in Redis for all processes together; while Redis is away each process counts for itself.
 */
@Injectable()
export class Attempts implements OnApplicationShutdown {
  private readonly redis: Redis | undefined;
  private readonly byAddress: RateLimiterAbstract;
  private readonly byAccount: RateLimiterAbstract;

  constructor(@Inject(CONFIG) config: Config) {
    if (config.REDIS_URL) {
      this.redis = new Redis(config.REDIS_URL, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
      // ioredis reconnects by itself; without a listener an error event would end the process.
      this.redis.on('error', () => undefined);
    }
    this.byAddress = this.limiter('address', PER_ADDRESS);
    this.byAccount = this.limiter('account', PER_ACCOUNT_AND_ADDRESS);
  }

  /** The address first: what it refuses leaves no trace per account, so memory stays bounded. */
  async take(purpose: Purpose, address: string, account: string): Promise<void> {
    try {
      await this.byAddress.consume(addressKey(purpose, address));
      await this.byAccount.consume(accountKey(purpose, address, account));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new RateLimitedError(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
    }
  }

  async giveBack(purpose: Purpose, address: string, account: string): Promise<void> {
    await this.byAddress.reward(addressKey(purpose, address));
    await this.byAccount.delete(accountKey(purpose, address, account));
  }

  onApplicationShutdown(): void {
    this.redis?.disconnect();
  }

  private limiter(name: string, points: number): RateLimiterAbstract {
    const memory = { points, duration: WINDOW_SECONDS };
    if (!this.redis) return new RateLimiterMemory(memory);
    return new RateLimiterRedis({
      ...memory,
      storeClient: this.redis,
      keyPrefix: `recollect:attempts:${name}`,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(memory),
    });
  }
}

function addressKey(purpose: Purpose, address: string): string {
  return `${purpose}:${network(address)}`;
}

/** Digested, so that Redis holds no e-mail addresses. */
function accountKey(purpose: Purpose, address: string, account: string): string {
  const digest = createHash('sha256').update(account).digest('base64url');
  return `${purpose}:${network(address)}:${digest}`;
}

/** Whoever has one IPv6 address has the 2^64 of its network. */
function network(address: string): string {
  const mapped = address.replace(/^::ffff:/i, '');
  if (isIPv4(mapped)) return mapped;
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::');
  const groups = head ? head.split(':') : [];
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail ? tail.split(':').length : 0);
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ? tail.split(':') : [])];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
