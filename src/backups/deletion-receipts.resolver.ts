import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { DeletionReceipt } from '../deletions/deletion-receipt.model.js';
import { Backup } from './backup.model.js';
import { BackupsService } from './backups.service.js';

@Resolver(() => DeletionReceipt)
export class DeletionReceiptsResolver {
  constructor(private readonly backupsService: BackupsService) {}

  @ResolveField(() => [Backup], {
    description:
      'Backups from before, which hold what was deleted until they are deleted themselves; those of a user who is gone ' +
      'go with the user.',
  })
  backups(@CurrentUser() userId: string, @Parent() { at }: DeletionReceipt): Promise<Backup[]> {
    return this.backupsService.madeBefore(userId, at);
  }
}
