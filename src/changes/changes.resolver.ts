import { Args, ArgsType, Field, Info, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { Integer } from '../common/input-fields.js';
import { RevisionScalar } from '../common/scalars.js';
import { selectedFields } from '../graphql/selection.js';
import { AFTER, AFTER_REFUSED } from '../live/after.js';
import type { LiveStream } from '../live/live-stream.js';
import { Change, ChangePage } from './change.model.js';
import { ChangesService } from './changes.service.js';

/** The fields of a change that take more than its row in the log to answer. */
const DETAILS = new Set(['session', 'interaction']);

@ArgsType()
class ChangesArgs {
  @Field(() => RevisionScalar, {
    description: `The last revision seen, 0 for everything. ${AFTER_REFUSED}`,
  })
  after: number;

  @Integer('How many at the most; fewer when they are large.', { min: 1, max: 500, defaultValue: 100 })
  first: number = 100;
}

@Resolver(() => Change)
export class ChangesResolver {
  constructor(private readonly changesService: ChangesService) {}

  @Query(() => ChangePage, {
    description: 'What changed after a revision, deletions too: delta sync for a client that was away.',
  })
  changes(
    @CurrentUser() userId: string,
    @Args() { after, first }: ChangesArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ChangePage> {
    const details = !selectedFields(info, 'changes').isDisjointFrom(DETAILS);
    return this.changesService.page(userId, after, first, details);
  }

  @Subscription(() => Change, {
    name: 'changes',
    description:
      "Every change of the user's data: first all after the given revision, once, in order, then live. A client that " +
      'reconnects with the last revision it saw misses nothing and sees nothing twice.',
  })
  watch(
    @CurrentUser() userId: string,
    @Args('after', AFTER) after?: number | null,
  ): Promise<LiveStream<Change>> {
    return this.changesService.watch(userId, after ?? undefined);
  }
}
