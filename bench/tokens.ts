import { hkdfSync, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { USER_WITH_MANY_SESSIONS, userId } from './users.ts';

export interface Secrets {
  /** RECOLLECT_SECRET. */
  secret: string;
  /** What the service derives from it to sign access tokens with; the others are told. */
  jwtKey: string;
  /** Of every seeded user, in order. */
  tokens: string[];
}

const LIFE_SECONDS = 86_400;

export async function makeSecrets(): Promise<Secrets> {
  const secret = randomBytes(32).toString('base64url');
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'recollect access-token', 32));
  const now = Math.floor(Date.now() / 1000);
  const sign = (user: number) =>
    new SignJWT()
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer('recollect')
      .setAudience('recollect')
      .setSubject(userId(user))
      .setIssuedAt(now)
      .setExpirationTime(now + LIFE_SECONDS)
      .sign(key);
  const tokens = await Promise.all(Array.from({ length: USER_WITH_MANY_SESSIONS }, (_, n) => sign(n + 1)));
  return { secret, jwtKey: Buffer.from(key).toString('base64'), tokens };
}
