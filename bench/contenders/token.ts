import { createSecretKey } from 'node:crypto';
import { jwtVerify } from 'jose';

const key = createSecretKey(Buffer.from(process.env.JWT_KEY!, 'base64'));
const known = new Map<string, { userId: string; expiresAt: number }>();

/** The user a bearer token names. Verified tokens are remembered, as ours are. */
export async function userOf(authorization: string | undefined): Promise<string> {
  if (!authorization?.startsWith('Bearer ')) throw new Error('UNAUTHENTICATED');
  let viewer = known.get(authorization);
  if (!viewer) {
    const { payload } = await jwtVerify(authorization.slice(7), key, {
      algorithms: ['HS256'],
      issuer: 'recollect',
      audience: 'recollect',
      requiredClaims: ['exp', 'sub'],
    });
    viewer = { userId: payload.sub!, expiresAt: payload.exp! * 1000 };
    known.set(authorization, viewer);
  }
  if (viewer.expiresAt <= Date.now()) throw new Error('UNAUTHENTICATED');
  return viewer.userId;
}
