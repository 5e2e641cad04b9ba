import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { BulkTagInput, BulkUpdateInput, SessionSelectionInput } from './bulk.input.js';
import { BulkSessionsResult } from './bulk.model.js';
import { BulkService } from './bulk.service.js';

const SELECTION = { description: 'Which sessions.' } as const;
const TOGETHER = 'All in one transaction. Each of `ids` that is not there is NOT_FOUND among the items.';

@Resolver()
export class BulkResolver {
  constructor(private readonly bulk: BulkService) {}

  @Mutation(() => BulkSessionsResult, { description: `Pins, archives or limits many sessions. ${TOGETHER}` })
  bulkUpdateSessions(
    @CurrentUser() userId: string,
    @Args('selection', SELECTION) selection: SessionSelectionInput,
    @Args('changes', { description: 'What to change.' }) changes: BulkUpdateInput,
  ): Promise<BulkSessionsResult> {
    return this.bulk.update(userId, selection, changes);
  }

  @Mutation(() => BulkSessionsResult, {
    description: `Adds tags to many sessions, and removes some. ${TOGETHER}`,
  })
  bulkTagSessions(
    @CurrentUser() userId: string,
    @Args('selection', SELECTION) selection: SessionSelectionInput,
    @Args('tags', { description: 'Which tags.' }) tags: BulkTagInput,
  ): Promise<BulkSessionsResult> {
    return this.bulk.tag(userId, selection, tags);
  }

  @Mutation(() => BulkSessionsResult, {
    description: `Ends many sessions, as \`endSession\` would; those that have ended stay as they are. ${TOGETHER}`,
  })
  bulkEndSessions(
    @CurrentUser() userId: string,
    @Args('selection', SELECTION) selection: SessionSelectionInput,
  ): Promise<BulkSessionsResult> {
    return this.bulk.end(userId, selection);
  }

  @Mutation(() => BulkSessionsResult, {
    description: `Deletes many sessions and everything in them, for good. ${TOGETHER}`,
  })
  bulkDeleteSessions(
    @CurrentUser() userId: string,
    @Args('selection', SELECTION) selection: SessionSelectionInput,
  ): Promise<BulkSessionsResult> {
    return this.bulk.delete(userId, selection);
  }
}
