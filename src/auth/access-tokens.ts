import { createSecretKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { deriveKey, SECRET } from '../config/secret.js';

/** Issuer and audience of Recollect's own tokens; no external issuer can be called so, being a URL. */
export const OWN_ISSUER = 'recollect';

const LONGEST_LIFE = 31 * 86_400;

/** Recollect's own access tokens: JWTs signed with a key of their own, derived from the secret. */
@Injectable()
export class AccessTokens {
  private readonly key: KeyObject;

  constructor(@Inject(SECRET) secret: Buffer) {
    this.key = createSecretKey(deriveKey(secret, 'access-token'));
  }

  async issue(userId: string, seconds: number): Promise<{ token: string; expiresAt: Date }> {
    const now = Math.floor(Date.now() / 1000);
    const expires = now + Math.min(seconds, LONGEST_LIFE);
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(OWN_ISSUER)
      .setAudience(OWN_ISSUER)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(this.key);
    return { token, expiresAt: new Date(expires * 1000) };
  }

  async verify(token: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, this.key, {
      algorithms: ['HS256'],
      issuer: OWN_ISSUER,
      audience: OWN_ISSUER,
      requiredClaims: ['exp', 'sub', 'iat'],
      maxTokenAge: LONGEST_LIFE,
      clockTolerance: 5,
    });
    return payload;
  }
}
