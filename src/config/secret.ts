import { hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.js';
import { makeDataDirectory } from './data-directory.js';

const LEAST_CHARACTERS = 32;

/** Injection token of the secret that every key is derived from. */
export const SECRET = Symbol('SECRET');

/** RECOLLECT_SECRET, or one that is generated once and kept in DATA_DIR, readable by its owner only. */
export function loadSecret(config: Config): Buffer {
  if (config.RECOLLECT_SECRET) return Buffer.from(config.RECOLLECT_SECRET);
  makeDataDirectory(config.DATA_DIR);
  return Buffer.from(readOrCreate(join(config.DATA_DIR, 'secret')));
}

/** Text of a file that only its owner can read; the first process to ask fills it with random characters. */
export function readOrCreate(path: string): string {
  if (!existsSync(path)) create(path);
  const text = readFileSync(path, 'utf8');
  if (text.length < LEAST_CHARACTERS) {
    throw new Error(
      `${path} holds fewer than ${LEAST_CHARACTERS} characters: restore it, or delete it if nothing depends on it yet.`,
    );
  }
  return text;
}

/** Under its name the file is complete from the first moment, whoever reads it and wherever this process dies. */
function create(path: string): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true });
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** An independent 32-byte key for one purpose. */
export function deriveKey(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `recollect ${purpose}`, 32));
}
