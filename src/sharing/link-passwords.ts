import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ForbiddenError } from '../common/errors.js';
import { Attempts } from '../limits/attempts.service.js';
import { Passwords } from '../users/passwords.service.js';

const REMEMBERED_MS = 300_000;
const REMEMBERED_LINKS = 10_000;

interface Locked {
  shareId: string;
  passwordHash: string | null;
}

/** Asks for the passwords of links. One that was right is known again for minutes, page after page, without a hash. */
@Injectable()
export class LinkPasswords {
  private readonly key = randomBytes(32);
  private readonly known = new LRUCache<string, string>({ max: REMEMBERED_LINKS, ttl: REMEMBERED_MS });

  constructor(
    private readonly passwords: Passwords,
    private readonly attempts: Attempts,
  ) {}

  /** Throws FORBIDDEN when a password is needed and this is not it. */
  async demand(
    { shareId, passwordHash }: Locked,
    password: string | null | undefined,
    address: string,
  ): Promise<void> {
    if (passwordHash === null) return;
    if (password == null) throw new ForbiddenError('This link needs a password.');
    const digest = createHmac('sha256', this.key).update(`${shareId} ${password}`).digest('base64url');
    if (this.known.get(digest) === passwordHash) return;
    await this.attempts.take('share', address, shareId);
    if (!(await this.passwords.verify(password, passwordHash))) {
      throw new ForbiddenError('The password is wrong.');
    }
    await this.attempts.giveBack('share', address, shareId);
    this.known.set(digest, passwordHash);
  }
}
