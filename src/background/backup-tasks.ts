import type { CronItem, TaskList } from 'graphile-worker';
import type { BackupReference, BackupsService } from '../backups/backups.service.js';

/** By the queue's back-off that is two days. */
const ATTEMPTS = 17;

export const backupTimes: CronItem[] = ['find-backups', 'erase-backup-files'].map((task) => ({
  task,
  match: '* * * * *',
  options: { backfillPeriod: 0, maxAttempts: 1 },
}));

/** A job for each backup, once: its key keeps one that runs, or waits for another attempt, as it is. */
export function backupJob({ userId, backupId }: BackupReference) {
  return [
    'make-backup',
    { userId, backupId },
    { jobKey: `backup:${backupId}`, jobKeyMode: 'unsafe_dedupe', maxAttempts: ATTEMPTS },
  ] as const;
}

export function backupTasks(backups: BackupsService, signal: AbortSignal): TaskList {
  return {
    'find-backups': async (_payload, { addJob }) => {
      for (const due of await backups.due()) await addJob(...backupJob(due));
    },
    'make-backup': (payload) => backups.make(payload as BackupReference, signal),
    'erase-backup-files': () => backups.eraseFiles(),
  };
}
