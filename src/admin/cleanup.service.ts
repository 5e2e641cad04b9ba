import { Inject, Injectable } from '@nestjs/common';
import { AuthService } from '../auth/auth.service.js';
import { ChangesService } from '../changes/changes.service.js';
import { CONFIG, type Config } from '../config/config.js';
import { DeletionsService } from '../deletions/deletions.service.js';
import { ExportService } from '../export/export.service.js';
import { IdentitiesService } from '../identities/identities.service.js';
import { SessionUpkeep } from '../sessions/session-upkeep.service.js';
import type { AdminCleanup } from './admin.model.js';
import { StatisticsService } from './statistics.service.js';

/** How long a caller waits. */
const PATIENCE_MS = 20_000;

/** Does at once what background work does in its time. Each part is safe in many processes at once. */
@Injectable()
export class CleanupService {
  constructor(
    private readonly sessions: SessionUpkeep,
    private readonly changes: ChangesService,
    private readonly deletions: DeletionsService,
    private readonly auth: AuthService,
    private readonly exports: ExportService,
    private readonly identities: IdentitiesService,
    private readonly statistics: StatisticsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(): Promise<AdminCleanup> {
    const {
      SESSION_RETENTION_DAYS: sessionDays,
      CHANGE_RETENTION_DAYS: changeDays,
      DELETION_RECEIPT_DAYS: receiptDays,
    } = this.config;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const endedSessions = await this.sessions.sweep(signal);
    const deletedSessions =
      sessionDays === undefined ? null : await this.sessions.retain(sessionDays, signal);
    const deletedChanges = changeDays === undefined ? null : await this.changes.forget(changeDays, signal);
    const deletedReceipts =
      receiptDays === undefined ? null : await this.deletions.forget(receiptDays, signal);
    const [deletedRefreshTokens, deletedExportTickets, deletedLinkCodes] = await this.dropExpired();
    this.statistics.forget();
    return {
      endedSessions,
      deletedSessions,
      deletedChanges,
      deletedReceipts,
      deletedRefreshTokens,
      deletedExportTickets,
      deletedLinkCodes,
      isComplete: !signal.aborted,
    };
  }

  /** What nobody can use any more: refresh tokens, addresses of exports, link codes; how many of each. */
  dropExpired(): Promise<[refreshTokens: number, exportTickets: number, linkCodes: number]> {
    return Promise.all([
      this.auth.dropExpiredTokens(),
      this.exports.dropExpiredTickets(),
      this.identities.dropExpiredCodes(),
    ]);
  }
}
