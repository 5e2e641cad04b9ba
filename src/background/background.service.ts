import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import {
  Logger as WorkerLogger,
  parseCronItems,
  run,
  type CronItem,
  type Runner,
  type TaskList,
} from 'graphile-worker';
import { BackupsService } from '../backups/backups.service.js';
import { CONFIG, type Config } from '../config/config.js';
import { CleanupService } from '../admin/cleanup.service.js';
import { leisure } from '../common/leisure.js';
import { ChangesService } from '../changes/changes.service.js';
import { CompressionService } from '../compression/compression.service.js';
import { Commands } from '../database/commands.js';
import { DeletionsService } from '../deletions/deletions.service.js';
import { EmbeddingsService } from '../embeddings/embeddings.service.js';
import { LearningService } from '../profile/learning.service.js';
import type { SessionReference } from '../sessions/session.model.js';
import { SessionUpkeep } from '../sessions/session-upkeep.service.js';
import { SummariesService } from '../summaries/summaries.service.js';
import { TitlesService } from '../titles/titles.service.js';
import { backupJob, backupTasks, backupTimes } from './backup-tasks.js';
import { SessionWatch } from './session-watch.js';

const RESTART_MS = 5_000;
/** A model may take a minute: jobs that wait for it must not hold up the sweep. */
const CONCURRENCY = 4;
/** By the queue's back-off that is half a year, for a model that is away. */
const MODEL_JOB_ATTEMPTS = 1000;

/**
 * Work that nobody waits for, on graphile-worker in the same PostgreSQL: however many processes run, each job runs
 * once. A worker that lost the database is started again.
 */
@Injectable()
export class BackgroundService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(BackgroundService.name);
  private runner: Runner | undefined;
  private restart: NodeJS.Timeout | undefined;
  private readonly abort = new AbortController();
  private readonly summaryWatch: SessionWatch;
  private readonly titleWatch: SessionWatch;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly backups: BackupsService,
    private readonly sessions: SessionUpkeep,
    private readonly changes: ChangesService,
    private readonly compression: CompressionService,
    private readonly deletions: DeletionsService,
    private readonly embeddings: EmbeddingsService,
    private readonly summaries: SummariesService,
    private readonly learning: LearningService,
    private readonly titles: TitlesService,
    private readonly cleanup: CleanupService,
    private readonly commands: Commands,
  ) {
    const { signal } = this.abort;
    this.summaryWatch = new SessionWatch(
      (changed) => summaries.due(changed),
      (due) => this.addSummaries(due),
      signal,
    );
    this.titleWatch = new SessionWatch(
      (changed) => titles.due(changed),
      (due) => this.addTitles(due),
      signal,
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.BACKGROUND_SUMMARIES) {
      this.commands.onCommitted((_revisions, before) => this.summaryWatch.changed(before));
    }
    if (this.config.BACKGROUND_TITLES) {
      this.commands.onCommitted((_revisions, before) => this.titleWatch.changed(before));
    }
    this.backups.onRequested(async (requested) => {
      await this.runner?.addJob(...backupJob(requested));
    });
    await this.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.abort.abort();
    clearTimeout(this.restart);
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
          if (level === 'error' && !this.abort.signal.aborted) this.logger.warn(message);
        }),
        taskList: this.tasks(),
        parsedCronItems: parseCronItems(this.times()),
      });
      await this.runner.addJob('find-undescribed', {}, { jobKey: 'find-undescribed' });
      await this.runner.addJob('find-untitled', {}, { jobKey: 'find-untitled' });
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

  /**
   * A job for each session, once: its key keeps one that runs, or waits for another attempt, as it is. So no two
   * summarise the same session.
   */
  private async addSummaries(due: readonly SessionReference[]): Promise<void> {
    const { runner } = this;
    if (!runner) throw new Error('background work has not started yet');
    for (const session of due) {
      await runner.addJob('summarize-session', session, {
        jobKey: `summarize:${session.sessionId}`,
        jobKeyMode: 'unsafe_dedupe',
        maxAttempts: MODEL_JOB_ATTEMPTS,
      });
    }
  }

  /** A job for each session, once, for the same reason. */
  private async addTitles(due: readonly SessionReference[]): Promise<void> {
    for (const session of due) {
      await this.runner?.addJob('title-session', session, {
        jobKey: `title:${session.sessionId}`,
        jobKeyMode: 'unsafe_dedupe',
        maxAttempts: MODEL_JOB_ATTEMPTS,
      });
    }
  }

  /** A job for each user, once, for the same reason. */
  private async addLearning(userIds: readonly string[]): Promise<void> {
    for (const userId of userIds) {
      await this.runner?.addJob(
        'learn-profile',
        { userId },
        { jobKey: `learn:${userId}`, jobKeyMode: 'unsafe_dedupe', maxAttempts: MODEL_JOB_ATTEMPTS },
      );
    }
  }

  private times(): CronItem[] {
    const options = { backfillPeriod: 0 };
    return [
      { task: 'sweep-sessions', match: '* * * * *', options },
      { task: 'find-unlearnt', match: '* * * * *', options },
      { task: 'find-undescribed', match: '23 * * * *', options },
      ...(this.backups.isOn ? backupTimes : []),
      { task: 'find-untitled', match: '29 * * * *', options },
      { task: 'retain-sessions', match: '7 * * * *', options },
      { task: 'forget-changes', match: '37 3 * * *', options },
      { task: 'compress-interactions', match: '17 4 * * *', options },
      { task: 'drop-expired', match: '52 3 * * *', options },
      { task: 'forget-receipts', match: '47 3 * * *', options },
      ...(this.embeddings.isOn
        ? [{ task: 'embed-interactions', match: '* * * * *', options: { ...options, maxAttempts: 1 } }]
        : []),
    ];
  }

  private tasks(): TaskList {
    return {
      ...this.writingTasks(),
      'find-unlearnt': async () => {
        if (this.config.BACKGROUND_LEARNING) await this.addLearning(await this.learning.due());
      },
      'learn-profile': (payload, { job }) =>
        this.learning.catchUp((payload as { userId: string }).userId, job.attempts, () =>
          leisure(this.abort.signal),
        ),
      'sweep-sessions': async () => {
        const ended = await this.sessions.sweep(this.abort.signal);
        if (ended > 0) this.logger.log(`Ended ${ended} idle or expired sessions.`);
      },
      ...backupTasks(this.backups, this.abort.signal),
      'embed-interactions': () => this.embeddings.catchUp(this.abort.signal),
      'retain-sessions': async () => {
        const days = this.config.SESSION_RETENTION_DAYS;
        if (days === undefined) return;
        const deleted = await this.sessions.retain(days, this.abort.signal);
        if (deleted > 0)
          this.logger.log(`Deleted ${deleted} sessions that ended more than ${days} days ago.`);
      },
      'drop-expired': async () => {
        await this.cleanup.dropExpired();
      },
      'forget-changes': async () => {
        const days = this.config.CHANGE_RETENTION_DAYS;
        if (days === undefined) return;
        const deleted = await this.changes.forget(days, this.abort.signal);
        if (deleted > 0) this.logger.log(`Deleted ${deleted} changes of more than ${days} days ago.`);
      },
      'compress-interactions': async () => {
        const days = this.config.COMPRESS_AFTER_DAYS;
        if (days === 0) return;
        const compressed = await this.compression.compress(days, this.abort.signal);
        if (compressed > 0)
          this.logger.log(`Compressed ${compressed} interactions of more than ${days} days ago.`);
      },
      'forget-receipts': async () => {
        const days = this.config.DELETION_RECEIPT_DAYS;
        if (days !== undefined) await this.deletions.forget(days, this.abort.signal);
      },
    };
  }

  /** What is written about sessions. */
  private writingTasks(): TaskList {
    return {
      'summarize-session': (payload, { job }) =>
        this.summaries.catchUp(payload as SessionReference, job.attempts, () => leisure(this.abort.signal)),
      'find-undescribed': async () => {
        if (!this.config.BACKGROUND_SUMMARIES) return;
        for await (const page of this.summaries.undescribed()) await this.addSummaries(page);
      },
      'title-session': async (payload, { job }) => {
        await leisure(this.abort.signal);
        await this.titles.write(payload as SessionReference, job.attempts);
      },
      'find-untitled': async () => {
        if (!this.config.BACKGROUND_TITLES) return;
        for await (const page of this.titles.untitled()) await this.addTitles(page);
      },
    };
  }
}
