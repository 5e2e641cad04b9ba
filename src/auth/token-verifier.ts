import { Injectable } from '@nestjs/common';
import { decodeJwt, errors } from 'jose';
import { LRUCache } from 'lru-cache';
import { RecollectError, UnauthenticatedError } from '../common/errors.js';
import type { Viewer } from '../graphql/context.js';
import { LiveService } from '../live/live.service.js';
import { UsersService } from '../users/users.service.js';
import { AccessTokens, OWN_ISSUER } from './access-tokens.js';
import { IdentityProvider } from './identity-provider.js';

const LONGEST_HEADER = 8192;

/** OpenID Connect Core, section 2: at most 255 ASCII characters. */
const SUBJECT = /^[\x21-\x7e]{1,255}$/;

/**
 * Tells who sends an Authorization header. Verified headers are remembered until they expire, so that the hot path is
 * one look-up.
 *
 * A deleted user's tokens are refused as soon as the process hears of the deletion. Where it did not, they are taken
 * until they expire, and reach nothing: every write misses the user's revision and is refused as UNAUTHENTICATED,
 * every read is empty.
 */
@Injectable()
export class TokenVerifier {
  private readonly viewers = new LRUCache<string, Viewer>({ max: 10_000 });
  private readonly deleted = new LRUCache<string, true>({ max: 10_000 });

  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly provider: IdentityProvider,
    private readonly users: UsersService,
    live: LiveService,
  ) {
    live.onUserGone((userId) => this.deleted.set(userId, true));
  }

  async verify(authorization: string): Promise<Viewer> {
    let viewer = this.viewers.get(authorization);
    if (!viewer) {
      viewer = await this.read(authorization);
      this.viewers.set(authorization, viewer);
    }
    // Stricter than the tolerance for clocks, which is for tokens that seem to come from the future.
    if (viewer.expiresAt <= Date.now()) throw new UnauthenticatedError('The access token has expired.');
    if (this.deleted.has(viewer.userId))
      throw new UnauthenticatedError('This account does not exist any more.');
    return viewer;
  }

  private async read(authorization: string): Promise<Viewer> {
    const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    if (!token || authorization.length > LONGEST_HEADER) throw new UnauthenticatedError();
    try {
      return await this.readToken(token);
    } catch (error) {
      if (error instanceof RecollectError) throw error;
      if (error instanceof errors.JWTExpired) throw new UnauthenticatedError('The access token has expired.');
      if (error instanceof errors.JOSEError) throw new UnauthenticatedError('The access token is not valid.');
      throw error;
    }
  }

  /** The unverified issuer only chooses the verifier, which then demands that issuer with its own keys and algorithms. */
  private async readToken(token: string): Promise<Viewer> {
    const { iss } = decodeJwt(token);
    if (iss === OWN_ISSUER) {
      const { sub, exp } = await this.accessTokens.verify(token);
      return { userId: sub!, expiresAt: exp! * 1000 };
    }
    if (iss === undefined || iss !== this.provider.issuer) {
      throw new UnauthenticatedError('The access token is of an unknown issuer.');
    }
    const { sub, exp } = await this.provider.verify(token);
    if (!SUBJECT.test(sub!)) throw new UnauthenticatedError('The access token names no usable subject.');
    return { userId: await this.users.idByIdentity(iss, sub!), expiresAt: exp! * 1000 };
  }
}
