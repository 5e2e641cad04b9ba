import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Logger as WorkerLogger, parseCronItems, run, type Runner, type TaskList } from 'graphile-worker';
import { CONFIG } from '../config/config.js';
import type { Config } from '../config/config.js';
import { Commands } from '../database/commands.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { SummariesService } from '../summaries/summaries.service.js';

const RESTART_MS = 5_000;
/** How soon after a write its process looks for sessions to summarise. */
const LOOK_MS = 1_000;
const DUE_PAGE = 500;
/** A model may take a minute: jobs that wait for it must not hold up the sweep. */
const CONCURRENCY = 4;

/**
 * Work that nobody waits for, on graphile-worker in the same PostgreSQL: however many processes run, each job runs
 * once. A worker that lost the database is started again.
 */
@Injectable()
export class BackgroundService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(BackgroundService.name);
  private runner: Runner | undefined;
  private restart: NodeJS.Timeout | undefined;
  private look: NodeJS.Timeout | undefined;
  private readonly abort = new AbortController();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly sessions: SessionsService,
    private readonly summaries: SummariesService,
    private readonly commands: Commands,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.start();
    if (this.config.BACKGROUND_SUMMARIES) this.commands.onCommitted(() => this.lookSoon());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.abort.abort();
    clearTimeout(this.restart);
    clearTimeout(this.look);
    await this.runner?.stop().catch(() => {}); // it may have stopped by itself
  }

  private async start(): Promise<void> {
    try {
      this.runner = await run({
        connectionString: this.config.DATABASE_URL,
        maxPoolSize: 2,
        concurrency: CONCURRENCY,
        noHandleSignals: true,
        logger: new WorkerLogger(() => (level, message) => {
          if (level === 'error') this.logger.warn(message);
        }),
        taskList: this.tasks(),
        parsedCronItems: parseCronItems([
          { task: 'sweep-sessions', match: '* * * * *', options: { backfillPeriod: 0 } },
          { task: 'find-summaries', match: '* * * * *', options: { backfillPeriod: 0 } },
          { task: 'retain-sessions', match: '7 * * * *', options: { backfillPeriod: 0 } },
        ]),
      });
      this.runner.promise.then(
        () => this.startAgain(),
        () => this.startAgain(),
      );
    } catch (error) {
      this.logger.warn(`Background work could not start: ${(error as Error).message}`);
      this.startAgain();
    }
  }

  private startAgain(): void {
    if (this.abort.signal.aborted) return;
    this.restart = setTimeout(() => void this.start(), RESTART_MS).unref();
  }

  private lookSoon(): void {
    if (this.look || this.abort.signal.aborted) return;
    this.look = setTimeout(() => {
      this.look = undefined;
      this.findSummaries().catch((error: unknown) => {
        this.logger.warn(`Sessions to summarise could not be found: ${(error as Error).message}`);
      });
    }, LOOK_MS).unref();
  }

  /**
   * A job for each session that is due, once: its key keeps a job that waits for another attempt as it is, and its
   * queue lets no two jobs of one session run at a time. A session that stays due is found again.
   */
  private async findSummaries(): Promise<void> {
    if (!this.config.BACKGROUND_SUMMARIES || !this.runner) return;
    for (const session of await this.summaries.due(DUE_PAGE)) {
      const key = `summarize:${session.sessionId}`;
      await this.runner.addJob('summarize-session', session, {
        jobKey: key,
        jobKeyMode: 'unsafe_dedupe',
        queueName: key,
      });
    }
  }

  private tasks(): TaskList {
    return {
      'find-summaries': () => this.findSummaries(),
      'summarize-session': async (payload, { job }) => {
        const { userId, sessionId } = payload as { userId: string; sessionId: string };
        await this.summaries.catchUp(userId, sessionId, job.attempts);
      },
      'sweep-sessions': async () => {
        const ended = await this.sessions.sweep(this.abort.signal);
        if (ended > 0) this.logger.log(`Ended ${ended} idle or expired sessions.`);
      },
      'retain-sessions': async () => {
        const days = this.config.SESSION_RETENTION_DAYS;
        if (days === undefined) return;
        const deleted = await this.sessions.retain(days, this.abort.signal);
        if (deleted > 0)
          this.logger.log(`Deleted ${deleted} sessions that ended more than ${days} days ago.`);
      },
    };
  }
}
