import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isRunning, startOf } from './processes.js';

const SETTLE_MILLISECONDS = 50;

/** One process at a time works in a data directory. The lock of one that was killed is taken over. */
export class DataDirectory {
  readonly path: string;
  private readonly lock: string;
  private readonly claim = `${process.pid} ${startOf(process.pid)}\n`;

  constructor(path: string) {
    this.path = resolve(path);
    this.lock = join(this.path, 'recollect.lock');
  }

  async acquire(): Promise<void> {
    mkdirSync(this.path, { recursive: true, mode: 0o711 });
    this.refuseOther();
    // Of two that find the lock free in the same moment, the later writer has it.
    const draft = `${this.lock}.${process.pid}`;
    writeFileSync(draft, this.claim);
    renameSync(draft, this.lock);
    await wait(SETTLE_MILLISECONDS);
    this.refuseOther();
  }

  release(): void {
    if (this.holder() === this.claim) rmSync(this.lock);
  }

  private refuseOther(): void {
    const holder = this.holder();
    if (!holder || holder === this.claim) return;
    const [pid, ...start] = holder.trim().split(' ');
    if (isRunning(Number(pid)) && startOf(Number(pid)) === start.join(' ')) {
      throw new Error(
        `Another Recollect (process ${pid}) already runs on ${this.path}: stop it, or set DATA_DIR to another directory.`,
      );
    }
  }

  private holder(): string | null {
    try {
      return readFileSync(this.lock, 'utf8');
    } catch {
      return null;
    }
  }
}
