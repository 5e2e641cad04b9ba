import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/errors.js';
import { uuidv7 } from '../common/uuid.js';
import { Commands } from '../database/commands.js';
import { Passwords } from '../users/passwords.service.js';
import { digestOf, newToken } from './link-token.js';
import type { ShareSessionInput } from './share.input.js';
import type { CreatedShare, SessionShare } from './share.model.js';
import { SharingRepository } from './sharing.repository.js';

/** Links and invitations of one session. */
export const MOST_SHARES = 100;

/** What the user of a session does about sharing it. */
@Injectable()
export class SharingService {
  constructor(
    private readonly repository: SharingRepository,
    private readonly commands: Commands,
    private readonly passwords: Passwords,
  ) {}

  async share(userId: string, { password, ...input }: ShareSessionInput): Promise<CreatedShare> {
    const token = newToken();
    const shareId = uuidv7();
    await this.commands.run({
      kind: 'shareSession',
      userId,
      shareId,
      ...input,
      tokenHash: digestOf(token).toString('hex'),
      passwordHash: password == null ? undefined : await this.passwords.hash(password),
      most: MOST_SHARES,
    });
    return { token, share: await this.get(userId, shareId) };
  }

  /** Newest first. */
  async access(userId: string, sessionId: string): Promise<SessionShare[]> {
    const shares = await this.repository.ofSession(userId, sessionId);
    if (!shares) throw new NotFoundError('Session');
    return shares;
  }

  async revoke(userId: string, shareId: string): Promise<string> {
    await this.commands.run({ kind: 'revokeShares', userId, shareId });
    return shareId;
  }

  /** Returns how many there were. */
  async revokeAll(userId: string, sessionId: string): Promise<number> {
    const { changes } = await this.commands.run({ kind: 'revokeShares', userId, sessionId });
    return changes;
  }

  private async get(userId: string, shareId: string): Promise<SessionShare> {
    const share = await this.repository.byId(userId, shareId);
    if (!share) throw new NotFoundError('Share'); // revoked meanwhile
    return share;
  }
}
