import { createHash, randomBytes } from 'node:crypto';

/** 256 bits: there is no guessing one. */
export const newToken = (): string => `rs_${randomBytes(32).toString('base64url')}`;

/** All that is stored of a token. */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
