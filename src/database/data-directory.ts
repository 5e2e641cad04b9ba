import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeDataDirectory } from '../config/data-directory.js';
import { isRunning, startOf } from './processes.js';

/** One process at a time works in a data directory. The lock of one that was killed is taken over. */
export class DataDirectory {
  readonly path: string;
  private readonly lock: string;
  private readonly claim = `${process.pid} ${startOf(process.pid)}\n`;

  constructor(path: string) {
    this.path = resolve(path);
    this.lock = join(this.path, 'recollect.lock');
  }

  acquire(): void {
    makeDataDirectory(this.path);
    const draft = `${this.lock}.${process.pid}`;
    writeFileSync(draft, this.claim);
    try {
      this.take(draft, this.lock);
    } finally {
      rmSync(draft);
    }
  }

  release(): void {
    if (read(this.lock) === this.claim) rmSync(this.lock);
  }

  /** A link comes into being whole, and only where there is none: of two in the same moment one fails. */
  private take(draft: string, lock: string): void {
    for (;;) {
      try {
        linkSync(draft, lock);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = read(lock);
      if (holder === null) continue;
      this.refuse(holder);
      this.removeStale(draft, lock, holder);
    }
  }

  /** Only under a lock of its own: a second process could remove what the first has just put in its place. */
  private removeStale(draft: string, lock: string, holder: string): void {
    const removal = `${lock}.removal`;
    this.take(draft, removal);
    try {
      if (read(lock) === holder) rmSync(lock);
    } finally {
      rmSync(removal);
    }
  }

  private refuse(holder: string): void {
    // Our own claim is of an earlier process with our pid, as in a container that was started again.
    if (holder === this.claim) return;
    const [pid, ...start] = holder.trim().split(' ');
    if (pid && isRunning(Number(pid)) && startOf(Number(pid)) === start.join(' ')) {
      throw new Error(
        `Another Recollect (process ${pid}) already runs on ${this.path}: stop it, or set DATA_DIR to another directory.`,
      );
    }
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
