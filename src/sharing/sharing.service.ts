import { Injectable } from '@nestjs/common';
import { BadUserInputError, NotFoundError } from '../common/errors.js';
import { digestOf, newToken } from '../common/secret-tokens.js';
import { uuidv7 } from '../common/uuid.js';
import { Commands } from '../database/commands.js';
import type { GraphQLContext } from '../graphql/context.js';
import { LimitsService, type Limit } from '../limits/limits.service.js';
import { Passwords } from '../users/passwords.service.js';
import { authorLoader } from './author.loader.js';
import type { InviteToSessionInput, ShareSessionInput } from './share.input.js';
import { ShareMode, type CreatedShare, type InteractionAuthor, type SessionShare } from './share.model.js';
import { SharingRepository } from './sharing.repository.js';

/** Links and invitations of one session. */
export const MOST_SHARES = 100;
const INVITATIONS_PER_HOUR = 50;
const HOUR_SECONDS = 3600;

/** What the user of a session does about sharing it. */
@Injectable()
export class SharingService {
  private readonly invitations: Limit;

  constructor(
    private readonly repository: SharingRepository,
    private readonly commands: Commands,
    private readonly passwords: Passwords,
    limits: LimitsService,
  ) {
    this.invitations = limits.limit(
      'invitations',
      INVITATIONS_PER_HOUR,
      HOUR_SECONDS,
      `At most ${INVITATIONS_PER_HOUR} invitations an hour`,
    );
  }

  async share(userId: string, { password, ...input }: ShareSessionInput): Promise<CreatedShare> {
    const token = `rs_${newToken()}`;
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

  /** By e-mail address nobody is looked up: the answer is the same whether there is an account or not. */
  async invite(
    userId: string,
    { email, userId: readerId, ...input }: InviteToSessionInput,
  ): Promise<SessionShare> {
    if ((email == null) === (readerId == null)) {
      throw new BadUserInputError({ 'input.email': ['or userId must be given, and not both'] });
    }
    await this.invitations.take(userId);
    const shareId = uuidv7();
    await this.commands.run({
      kind: 'shareSession',
      userId,
      shareId,
      ...input,
      mode: ShareMode.LIVE,
      ...(email == null ? { readerId } : { email: email.toLowerCase() }),
      most: MOST_SHARES,
    });
    return this.get(userId, shareId);
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

  /** Who wrote an interaction, if it was not the user. */
  author(context: GraphQLContext, userId: string, interactionId: string): Promise<InteractionAuthor | null> {
    return authorLoader(context, (ids) => this.repository.authors(userId, ids)).load(interactionId);
  }

  private async get(userId: string, shareId: string): Promise<SessionShare> {
    const share = await this.repository.byId(userId, shareId);
    if (!share) throw new NotFoundError('Share'); // revoked meanwhile
    return share;
  }
}
