import { createHash, randomBytes } from 'node:crypto';

/** What lets in whoever has it: 256 random bits, as 43 characters. There is no guessing one. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** All that is stored of a token. */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
