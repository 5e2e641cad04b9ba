import { Logger } from '@nestjs/common';
import type { SessionReference } from '../sessions/session.model.js';
import { leisure } from '../common/leisure.js';

/** How soon after a write its session is looked at. */
const LOOK_MS = 1_000;

/** Of the sessions that changed after these revisions of their users, tells those with something to do. */
type Due = (changed: ReadonlyMap<string, number>) => Promise<SessionReference[]>;

/** Notices which users' sessions were written to by this process, and hands on those that have become due. */
export class SessionWatch {
  private readonly logger = new Logger(SessionWatch.name);
  /** Of each user, the revision before the first change that was not looked at. */
  private changedSince = new Map<string, number>();
  private look: NodeJS.Timeout | undefined;

  constructor(
    private readonly due: Due,
    private readonly handOn: (due: readonly SessionReference[]) => Promise<void>,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => clearTimeout(this.look));
  }

  changed(before: ReadonlyMap<string, number>): void {
    for (const [userId, revision] of before) {
      if (!this.changedSince.has(userId)) this.changedSince.set(userId, revision);
    }
    if (!this.signal.aborted) this.look ??= setTimeout(() => void this.lookNow(), LOOK_MS).unref();
  }

  private async lookNow(): Promise<void> {
    let changed = this.changedSince;
    try {
      await leisure(this.signal);
      changed = this.changedSince;
      this.changedSince = new Map();
      await this.handOn(await this.due(changed));
    } catch (error) {
      if (this.signal.aborted) return;
      this.changedSince = new Map([...this.changedSince, ...changed]); // looked at with the next change
      this.logger.warn(`Sessions with something to do could not be found: ${(error as Error).message}`);
    } finally {
      this.look = undefined;
    }
  }
}
