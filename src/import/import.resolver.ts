import { Args, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { UUIDScalar } from '../common/scalars.js';
import type { LiveStream } from '../live/live-stream.js';
import { ImportsArgs } from './import.input.js';
import { Import } from './import.model.js';
import { ImportService } from './import.service.js';

const ID = { type: () => UUIDScalar, description: 'The import.' } as const;
const NOT_FOUND = 'NOT_FOUND when there is none.';

@Resolver(() => Import)
export class ImportResolver {
  constructor(private readonly service: ImportService) {}

  @Query(() => Import, {
    description: `What has become of a file that was sent to \`POST /import\`. ${NOT_FOUND}`,
  })
  import(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<Import> {
    return this.service.get(userId, id);
  }

  @Query(() => [Import], { description: "The user's imports, newest first; the last 100 are kept." })
  imports(@CurrentUser() userId: string, @Args() { limit }: ImportsArgs): Promise<Import[]> {
    return this.service.newest(userId, limit);
  }

  @Mutation(() => Import, {
    description: `Stops an import. What it has made stays; one that is at its end stays as it is. ${NOT_FOUND}`,
  })
  cancelImport(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<Import> {
    return this.service.cancel(userId, id);
  }

  @Subscription(() => Import, {
    description: `How far an import has come, at once and whenever that changes, until it is at its end. ${NOT_FOUND}`,
  })
  importProgressed(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<LiveStream<Import>> {
    return this.service.watch(userId, id);
  }
}
