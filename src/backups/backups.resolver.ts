import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { NotForKeys } from '../auth/not-for-keys.decorator.js';
import { NOT_FOUND } from '../common/errors.js';
import { UUIDScalar } from '../common/scalars.js';
import { Import } from '../import/import.model.js';
import { BackupScheduleInput } from './backup.input.js';
import { Backup, BackupSchedule } from './backup.model.js';
import { BackupsService, MOST_REQUESTED } from './backups.service.js';

const UNAVAILABLE = 'UNAVAILABLE when this server keeps no backups.';

@NotForKeys() // a backup is all there is
@Resolver(() => Backup)
export class BackupsResolver {
  constructor(private readonly backupsService: BackupsService) {}

  @Query(() => [Backup], { description: "The user's backups, newest first." })
  backups(@CurrentUser() userId: string): Promise<Backup[]> {
    return this.backupsService.list(userId);
  }

  @Query(() => BackupSchedule, {
    nullable: true,
    description: 'When backups are made; null: only when asked for.',
  })
  backupSchedule(@CurrentUser() userId: string): Promise<BackupSchedule | null> {
    return this.backupsService.schedule(userId);
  }

  @Mutation(() => BackupSchedule, {
    nullable: true,
    description: `Has backups made regularly, the first within two minutes, or no more. ${UNAVAILABLE}`,
  })
  setBackupSchedule(
    @CurrentUser() userId: string,
    @Args('input', { description: 'How often, and how many to keep.' }) input: BackupScheduleInput,
  ): Promise<BackupSchedule | null> {
    return this.backupsService.setSchedule(userId, input);
  }

  @Mutation(() => Backup, {
    description:
      'Has a backup made now, in the background: `changes` tells when it is whole, or failed. It stays until it is ' +
      `deleted. CONFLICT when there are ${MOST_REQUESTED} that were asked for so. ${UNAVAILABLE}`,
  })
  createBackup(@CurrentUser() userId: string): Promise<Backup> {
    return this.backupsService.create(userId);
  }

  @Mutation(() => Import, {
    description:
      'Brings back what a backup has and is gone, what was deleted since included; what is there stays as it is. It is an ' +
      `import, which \`importProgressed\` follows. UNAVAILABLE when the file is damaged or cannot be read. ${NOT_FOUND}`,
  })
  restoreBackup(
    @CurrentUser() userId: string,
    @Args('id', { type: () => UUIDScalar, description: 'The backup.' }) id: string,
  ): Promise<Import> {
    return this.backupsService.restore(userId, id);
  }

  @Mutation(() => UUIDScalar, {
    description: `Deletes a backup and its file, for good; returns its id. ${NOT_FOUND}`,
  })
  deleteBackup(
    @CurrentUser() userId: string,
    @Args('id', { type: () => UUIDScalar, description: 'The backup.' }) id: string,
  ): Promise<string> {
    return this.backupsService.delete(userId, id);
  }
}
