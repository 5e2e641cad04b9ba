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
/** Whoever has many addresses guesses no faster. Higher, since it locks the owner out too. */
const PER_ACCOUNT = 100;

/**
 * Counts attempts at what needs a password, per execution of a field: aliases in one request gain nothing. In memory,
 * or in Redis for all processes together; while Redis is away each process counts for itself.
 */
@Injectable()
export class Attempts implements OnApplicationShutdown {
  private readonly redis: Redis | undefined;
  private readonly byAddress: RateLimiterAbstract;
  private readonly byAccountAndAddress: RateLimiterAbstract;
  private readonly byAccount: RateLimiterAbstract;

  constructor(@Inject(CONFIG) config: Config) {
    if (config.REDIS_URL) {
      this.redis = new Redis(config.REDIS_URL, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
      // ioredis reconnects by itself; without a listener an error event would end the process.
      this.redis.on('error', () => undefined);
    }
    this.byAddress = this.limiter('address', PER_ADDRESS);
    this.byAccountAndAddress = this.limiter('account-and-address', PER_ACCOUNT_AND_ADDRESS);
    this.byAccount = this.limiter('account', PER_ACCOUNT);
  }

  /**
   * The address first: what it refuses leaves no trace per account, so memory stays bounded and no single address
   * can use up an account's attempts.
   */
  async take(purpose: Purpose, address: string, account: string): Promise<void> {
    try {
      await this.byAddress.consume(addressKey(purpose, address));
      await this.byAccountAndAddress.consume(`${addressKey(purpose, address)}:${digest(account)}`);
      await this.byAccount.consume(`${purpose}:${digest(account)}`);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new RateLimitedError(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
    }
  }

  async giveBack(purpose: Purpose, address: string, account: string): Promise<void> {
    await this.byAddress.reward(addressKey(purpose, address));
    await this.byAccountAndAddress.delete(`${addressKey(purpose, address)}:${digest(account)}`);
    await this.byAccount.reward(`${purpose}:${digest(account)}`);
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
function digest(account: string): string {
  return createHash('sha256').update(account).digest('base64url');
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
