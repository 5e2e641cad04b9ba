import { createHmac, randomInt } from 'node:crypto';

/** Without those that look alike: I, L and 1, O and 0. */
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
/** 31^10 codes: at the rate that is allowed, guessing a living one would take ages. */
const LENGTH = 10;

export function newCode(): string {
  const letters = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`;
}

/** Keyed, because there are few enough codes to try them all. In any case, with or without what stands between. */
export function codeHash(key: Buffer, code: string): Buffer {
  return createHmac('sha256', key).update(code.toUpperCase().replace(/[\s-]/g, '')).digest();
}
