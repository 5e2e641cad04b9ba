import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { NotFoundError, UnauthenticatedError, UnavailableError } from '../common/errors.js';
import { uuidv7 } from '../common/uuid.js';
import { Commands } from '../database/commands.js';
import { ExportFormat } from '../export/export.model.js';
import { ExportService } from '../export/export.service.js';
import { ImportFormat, type Import } from '../import/import.model.js';
import { ImportService } from '../import/import.service.js';
import { LiveService } from '../live/live.service.js';
import { packed, unpacked } from './backup-file.js';
import { DEFAULT_KEEP, type BackupScheduleInput } from './backup.input.js';
import { BackupStatus, type Backup, type BackupSchedule } from './backup.model.js';
import { spool, type BackupStore } from './backup-store.js';
import { BackupsRepository, type BackupReference } from './backups.repository.js';

export const BACKUP_STORE = Symbol('BACKUP_STORE');
export const BACKUP_KEY = Symbol('BACKUP_KEY');

export type { BackupReference } from './backups.repository.js';

/** Backups that a user asked for, and that only the user deletes. */
export const MOST_REQUESTED = 20;
const PAGE = 500;
/** Less than the hour for which the file of a backup that is not whole is erased again. */
const WRITE_MS = 45 * 60_000;
const FETCH_MS = 15 * 60_000;
const ENCRYPTED = '.enc';
const NO_STORE = 'This server keeps no backups: BACKUP_DIRECTORY or BACKUP_S3_BUCKET has to be set.';
const NOT_TAKEN = 'The place where backups are kept did not take it.';
const NOT_READABLE = 'The place where backups are kept does not give it back; try again.';

/** Copies of users' data outside of the database: asked for by users or their schedules, made in the background. */
@Injectable()
export class BackupsService {
  private readonly logger = new Logger(BackupsService.name);
  private readonly listeners: ((requested: BackupReference) => Promise<void>)[] = [];

  constructor(
    private readonly repository: BackupsRepository,
    private readonly commands: Commands,
    private readonly exports: ExportService,
    private readonly imports: ImportService,
    @Inject(BACKUP_STORE) private readonly store: BackupStore | null,
    @Inject(BACKUP_KEY) private readonly key: Buffer | null,
    live: LiveService,
  ) {
    live.onUserGone(() => void this.eraseFiles());
  }

  /** Whether this server has a place for backups. */
  get isOn(): boolean {
    return this.store !== null;
  }

  /** Calls the listener when a backup is to be made soon. */
  onRequested(listener: (requested: BackupReference) => Promise<void>): void {
    this.listeners.push(listener);
  }

  list(userId: string): Promise<Backup[]> {
    return this.repository.ofUser(userId);
  }

  /** Those that were asked for before a moment, and can hold what was deleted then. */
  madeBefore(userId: string, at: string): Promise<Backup[]> {
    return this.repository.madeBefore(userId, at);
  }

  schedule(userId: string): Promise<BackupSchedule | null> {
    return this.repository.schedule(userId);
  }

  async setSchedule(
    userId: string,
    { frequency, keep }: BackupScheduleInput,
  ): Promise<BackupSchedule | null> {
    if (frequency) this.demandStore();
    await this.commands.run({
      kind: 'setBackupSchedule',
      userId,
      frequency: frequency ?? undefined,
      keep: keep ?? DEFAULT_KEEP,
    });
    return this.repository.schedule(userId);
  }

  async create(userId: string): Promise<Backup> {
    this.demandStore();
    const requested = await this.request(userId, { most: MOST_REQUESTED });
    // When the queue is away, the search for pending backups finds it later.
    for (const listener of this.listeners) await listener(requested).catch(() => undefined);
    return this.get(userId, requested.backupId);
  }

  async delete(userId: string, id: string): Promise<string> {
    await this.commands.run({ kind: 'deleteBackup', userId, id });
    await this.eraseFiles();
    return id;
  }

  /** What is to be made: asks for what schedules say first. */
  async due(): Promise<BackupReference[]> {
    if (!this.store) return [];
    for (const { userId, slot } of await this.repository.due(PAGE)) {
      // A user who was deleted meanwhile is no failure.
      await this.request(userId, { slot }).catch((error: unknown) => {
        if (!(error instanceof UnauthenticatedError)) throw error;
      });
    }
    return this.repository.pending(PAGE);
  }

  /** Makes a backup, unless it is made or gone. Throws when it is to be tried again. */
  async make({ userId, backupId }: BackupReference, signal: AbortSignal): Promise<void> {
    const backup = await this.repository.byId(userId, backupId);
    if (!backup || backup.status === BackupStatus.COMPLETED) return;
    try {
      const text = await this.exports.open(userId, { format: ExportFormat.JSON });
      const written = await this.demandStore().write(
        backup.file,
        packed(text, this.key),
        AbortSignal.any([signal, AbortSignal.timeout(WRITE_MS)]),
      );
      await this.commands.run({ kind: 'completeBackup', userId, id: backupId, ...written });
    } catch (error) {
      if (await this.fail({ userId, backupId }, error)) throw error;
      await this.store?.erase(backup.file);
      return;
    }
    await this.eraseFiles();
  }

  /** The text of a backup, as it was: nothing is given of a file that is not the one that was written. */
  async open(userId: string, id: string): Promise<Readable> {
    const { file, sha256, status } = await this.get(userId, id);
    if (status !== BackupStatus.COMPLETED) throw new NotFoundError('Completed backup');
    const key = file.endsWith(ENCRYPTED) ? this.demandKey() : null;
    const directory = await mkdtemp(join(tmpdir(), 'recollect-restore-'));
    try {
      const path = join(directory, 'file');
      if ((await this.fetch(file, path)) !== sha256) {
        this.logger.error(`Backup ${id} is not as it was written.`);
        throw new UnavailableError('The backup is damaged: its checksum is not the one it was written with.');
      }
      return await unpacked(await open(path), key);
    } finally {
      await rm(directory, { recursive: true, force: true }); // what is open can be read nonetheless
    }
  }

  /** Imports what is in a backup and is not there any more; the import tells how far it has come. */
  async restore(userId: string, id: string): Promise<Import> {
    const text = await this.open(userId, id);
    return this.imports.upload(userId, { format: ImportFormat.RECOLLECT, dryRun: false, offset: 0 }, text, 0);
  }

  /** Erases the files of backups that are gone, however they went. */
  async eraseFiles(): Promise<void> {
    if (!this.store) return;
    try {
      for (const file of await this.repository.erasures(PAGE)) {
        await this.store.erase(file);
        await this.repository.erased(file);
      }
    } catch (error) {
      this.logger.warn(`Files of deleted backups could not be erased yet: ${reasonOf(error)}`);
    }
  }

  /** Says of a backup that it has failed; false when it was deleted, or its user, while it was being written. */
  private async fail({ userId, backupId }: BackupReference, error: unknown): Promise<boolean> {
    const isGone = (refusal: unknown) =>
      refusal instanceof NotFoundError || refusal instanceof UnauthenticatedError;
    if (isGone(error)) return false;
    try {
      await this.commands.run({ kind: 'failBackup', userId, id: backupId, error: NOT_TAKEN });
      return true;
    } catch (refusal) {
      if (isGone(refusal)) return false;
      throw refusal;
    }
  }

  private async get(userId: string, id: string): Promise<Backup> {
    const backup = await this.repository.byId(userId, id);
    if (!backup) throw new NotFoundError('Backup');
    return backup;
  }

  private async request(userId: string, options: object): Promise<BackupReference> {
    const id = uuidv7();
    const file = `${userId}/${id}.json.gz${this.key ? ENCRYPTED : ''}`;
    await this.commands.run({ kind: 'requestBackup', userId, id, file, ...options });
    return { userId, backupId: id };
  }

  private async fetch(file: string, path: string): Promise<string> {
    const store = this.demandStore();
    try {
      const written = await spool(await store.read(file), path, AbortSignal.timeout(FETCH_MS));
      return written.sha256;
    } catch (error) {
      this.logger.warn(`A backup could not be read: ${reasonOf(error)}`);
      throw new UnavailableError(NOT_READABLE);
    }
  }

  private demandStore(): BackupStore {
    if (!this.store) throw new UnavailableError(NO_STORE);
    return this.store;
  }

  private demandKey(): Buffer {
    if (!this.key) throw new UnavailableError('This backup is encrypted: BACKUP_KEY has to be set.');
    return this.key;
  }
}

/** What a store says of a failure, without what it was sent. */
function reasonOf(error: unknown): string {
  const { name, code } = error as NodeJS.ErrnoException;
  return code ?? name;
}
