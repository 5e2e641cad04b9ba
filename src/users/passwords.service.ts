import { hash, verify } from '@node-rs/argon2';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RateLimitedError } from '../common/errors.js';
import { newToken } from '../common/secret-tokens.js';

/** Argon2id (the library's default variant) at OWASP's first recommendation for 19 MiB. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Each hash occupies a thread of libuv's four for tens of milliseconds: two stay free for files and DNS. */
const SLOTS = 2;
const LONGEST_QUEUE = 100;

/** Hashes passwords, a few at a time: a burst of logins neither takes the memory nor the threads of the rest. */
@Injectable()
export class Passwords implements OnModuleInit {
  private running = 0;
  private readonly queue: (() => void)[] = [];
  private hashOfNobody: string;

  async onModuleInit(): Promise<void> {
    this.hashOfNobody = await this.hash(newToken());
  }

  hash(password: string): Promise<string> {
    return this.inSlot(() => hash(normalized(password), COST));
  }

  /** Without a hash (nobody of that name) it takes as long as with one, and answers false. */
  async verify(password: string, passwordHash: string | null): Promise<boolean> {
    const matches = await this.inSlot(() => verify(passwordHash ?? this.hashOfNobody, normalized(password)));
    return matches && passwordHash !== null;
  }

  private async inSlot<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= SLOTS) {
      if (this.queue.length >= LONGEST_QUEUE) throw new RateLimitedError('Too many sign-ins at once', 5);
      await new Promise<void>((resolve) => this.queue.push(resolve));
    } else {
      this.running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}

/** Keyboards differ in how they compose the same character. */
function normalized(password: string): string {
  return password.normalize('NFKC');
}
