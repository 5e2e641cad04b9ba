import { Args, Query, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { ConnectionArgs, connectionType, type Connection } from '../common/pagination.js';
import { UUIDScalar } from '../common/scalars.js';
import { DeletionReceipt } from './deletion-receipt.model.js';
import { DeletionsService } from './deletions.service.js';

const DeletionReceiptConnection = connectionType(DeletionReceipt, 'DeletionReceipt');

@Resolver(() => DeletionReceipt)
export class DeletionsResolver {
  constructor(private readonly deletions: DeletionsService) {}

  @Query(() => DeletionReceipt, {
    description:
      'What a deletion removed; the newest, where there are several of the same. NOT_FOUND when nothing of that id was ' +
      "deleted, it is another user's, or its receipt is older than the server keeps them.",
  })
  deletionReceipt(
    @CurrentUser() userId: string,
    @Args('id', { type: () => UUIDScalar, description: 'The interaction, session or fact that was deleted.' })
    id: string,
  ): Promise<DeletionReceipt> {
    return this.deletions.receipt(userId, id);
  }

  @Query(() => DeletionReceiptConnection, { description: "The user's deletions, newest first." })
  deletionReceipts(
    @CurrentUser() userId: string,
    @Args() page: ConnectionArgs,
  ): Promise<Connection<DeletionReceipt>> {
    return this.deletions.list(userId, page);
  }
}
