import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { ReadersRepository, type Accesses, type ShareKey } from './readers.repository.js';

/** Reading costs no write: what many readers did in this time is noted at once. */
const NOTED_AFTER_MS = 1000;

/** Counts how often shares are read. */
@Injectable()
export class AccessLog implements BeforeApplicationShutdown {
  private readonly logger = new Logger(AccessLog.name);
  private readonly pending = new Map<string, Accesses>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly repository: ReadersRepository) {}

  note({ ownerId, shareId }: ShareKey): void {
    const known = this.pending.get(shareId);
    if (known) known.count++;
    else this.pending.set(shareId, { ownerId, shareId, count: 1 });
    this.timer ??= setTimeout(() => void this.flush(), NOTED_AFTER_MS).unref();
  }

  /** While there still is a database. */
  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.flush();
  }

  private async flush(): Promise<void> {
    this.timer = undefined;
    const accesses = [...this.pending.values()];
    this.pending.clear();
    if (accesses.length === 0) return;
    try {
      await this.repository.noteAccesses(accesses);
    } catch (error) {
      this.logger.warn(`Accesses of shares could not be noted: ${(error as Error).message}`);
    }
  }
}
