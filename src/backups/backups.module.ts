import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { ExportModule } from '../export/export.module.js';
import { ImportModule } from '../import/import.module.js';
import './backup.entity.js';
import { DirectoryStore, type BackupStore } from './backup-store.js';
import { BackupsController } from './backups.controller.js';
import { BackupsRepository } from './backups.repository.js';
import { BackupsResolver } from './backups.resolver.js';
import { BACKUP_KEY, BACKUP_STORE, BackupsService } from './backups.service.js';
import { DeletionReceiptsResolver } from './deletion-receipts.resolver.js';
import { S3Store } from './s3-store.js';

/** Copies of users' data outside of the database. */
@Module({
  imports: [ExportModule, ImportModule],
  controllers: [BackupsController],
  providers: [
    BackupsResolver,
    DeletionReceiptsResolver,
    BackupsService,
    BackupsRepository,
    { provide: BACKUP_STORE, useFactory: storeOf, inject: [CONFIG] },
    { provide: BACKUP_KEY, useFactory: keyOf, inject: [CONFIG] },
  ],
  exports: [BackupsService],
})
export class BackupsModule {}

function storeOf(config: Config): BackupStore | null {
  if (config.BACKUP_DIRECTORY) return new DirectoryStore(config.BACKUP_DIRECTORY);
  return config.BACKUP_S3_BUCKET ? new S3Store(config) : null;
}

function keyOf({ BACKUP_KEY: key }: Config): Buffer | null {
  return key ? Buffer.from(key, 'hex') : null;
}
