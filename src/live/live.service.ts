import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { Commands } from '../database/commands.js';
import { Database } from '../database/database.js';
import { ChangeFeed } from './change-feed.js';
import { changesSince, pagesOf, startingPoint, type Change, type ChangePage } from './change-log.js';
import { Hub } from './hub.js';
import type { LiveStream } from './live-stream.js';
import { wakeUpsOverPostgres, wakeUpsOverRedis, type Hinted, type WakeUps } from './wake-ups.js';

export type { Change } from './change-log.js';

/** How late a change is delivered at the most when every hint of it was lost. */
const RECHECK_MS = 10_000;
/** Of one page that a client asks for; the changes beyond it are its next page. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** Streams of what happens to a user's data, whichever process it happened in. */
@Injectable()
export class LiveService implements OnApplicationBootstrap, OnApplicationShutdown {
  /** For the metrics: what is open now, and what was delivered and closed for slowness since the start. */
  readonly counters = { sockets: 0, subscriptions: 0, delivered: 0, stalled: 0 };
  private readonly logger = new Logger(LiveService.name);
  private readonly goneListeners: ((userId: string) => void)[] = [];
  private readonly hintListeners: ((userId: string | null, revision: number) => void)[] = [];
  private readonly accessListeners: ((id: string) => void)[] = [];
  private readonly hub: Hub;
  private wakeUps: WakeUps;
  private recheck: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
    private readonly commands: Commands,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    // From the pool: a page may be megabytes, which the short reads of others must not wait behind.
    const feed = () => new ChangeFeed((...values) => database.query(changesSince, [...values, true]));
    this.hub = new Hub(
      feed(),
      feed(),
      (error) => this.logger.warn(`Changes could not be read: ${(error as Error).message}`),
      (userId) => this.goneListeners.forEach((listener) => listener(userId)),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    const hinted: Hinted = {
      hint: (userId, revision) => {
        this.hub.hint(userId, revision);
        for (const listener of this.hintListeners) listener(userId, revision);
      },
      gone: (userId) => this.hub.gone(userId),
      recheck: () => {
        this.hub.recheck();
        for (const listener of this.hintListeners) listener(null, Infinity);
      },
      accessChanged: (id) => this.tellAccessChanged(id),
    };
    this.wakeUps = this.config.REDIS_URL
      ? wakeUpsOverRedis(this.config.REDIS_URL, hinted)
      : await wakeUpsOverPostgres(this.database, hinted);
    this.commands.onCommitted((revisions) => {
      for (const [userId, revision] of revisions) hinted.hint(userId, revision);
      this.wakeUps.changed(revisions);
    });
    this.recheck = setInterval(() => hinted.recheck(), RECHECK_MS).unref();
  }

  /** After HTTP is closed: other processes hear of the last writes too. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.recheck);
    await this.wakeUps?.close();
  }

  /**
   * What happened to the user's data after the revision `after`, and without it from now on. `select` makes of a change
   * the event to deliver, or null; it may depend on nothing but the arguments of the root field.
   */
  subscribe<Event>(
    userId: string,
    after: number | undefined,
    select: (change: Change) => Event | null,
    rootField: string,
  ): Promise<LiveStream<Event>> {
    return this.hub.subscribe(userId, after, select, rootField);
  }

  /** What happened after the revision `after`: up to `size` changes; what they refer to only with `details`. */
  async page(userId: string, after: number, size: number, details: boolean): Promise<ChangePage> {
    const values = [[userId], [after], size, PAGE_BYTES, details];
    const page = pagesOf(await this.database.query(changesSince, values)).get(userId)!;
    startingPoint(page, after);
    return page;
  }

  /** Ends what the user watches, in every process. */
  userDeleted(userId: string): void {
    this.hub.gone(userId);
    this.wakeUps.gone(userId);
  }

  /** Calls the listener when there may be something new of a user, and with null when there may be of anyone. */
  onHint(listener: (userId: string | null, revision: number) => void): void {
    this.hintListeners.push(listener);
  }

  onUserGone(listener: (userId: string) => void): void {
    this.goneListeners.push(listener);
  }

  /**
   * That a service key was revoked, or that an identity stands for the user no more: whatever was let in by it, in
   * every process, is to be shut out.
   */
  accessChanged(id: string): void {
    this.tellAccessChanged(id);
    this.wakeUps.accessChanged(id);
  }

  onAccessChanged(listener: (id: string) => void): void {
    this.accessListeners.push(listener);
  }

  private tellAccessChanged(id: string): void {
    for (const listener of this.accessListeners) listener(id);
  }
}
