import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.js';

/** Injection token of the secret that every key is derived from. */
export const SECRET = Symbol('SECRET');

/** RECOLLECT_SECRET, or one that is generated once and kept in DATA_DIR, readable by its owner only. */
export function loadSecret(config: Config): Buffer {
  if (config.RECOLLECT_SECRET) return Buffer.from(config.RECOLLECT_SECRET);
  mkdirSync(config.DATA_DIR, { recursive: true });
  return Buffer.from(readOrCreate(join(config.DATA_DIR, 'secret')));
}

/** Text of a file that only its owner can read; the first process to ask fills it with random characters. */
export function readOrCreate(path: string): string {
  try {
    writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8');
}

/** An independent 32-byte key for one purpose. */
export function deriveKey(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `recollect ${purpose}`, 32));
}
