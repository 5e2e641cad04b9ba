import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and those above it. Not by Node's `recursive`, which tries for ever where the directory above exists
 * and takes no other, as /proc (Node 20 to 24).
 */
export function makeDirectory(directory: string, mode: number): void {
  const path = resolve(directory);
  if (existsSync(path)) return;
  makeDirectory(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
