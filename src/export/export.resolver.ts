import { Args, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { NotForKeys } from '../auth/not-for-keys.decorator.js';
import { UUIDScalar } from '../common/scalars.js';
import type { LiveStream } from '../live/live-stream.js';
import { ExportInput } from './export.input.js';
import { Export, ExportTicket } from './export.model.js';
import { ExportService } from './export.service.js';

const ID = { type: () => UUIDScalar, description: 'The export.' } as const;
const NOT_FOUND = 'NOT_FOUND when there is none, or it was asked for more than a day ago.';

@NotForKeys() // it would let a key that may not read hand out all there is
@Resolver()
export class ExportResolver {
  constructor(private readonly exports: ExportService) {}

  @Mutation(() => ExportTicket, {
    description:
      'A one-time address of an export, for a browser to download. Programs that can send the access token GET `/export?format=JSON&sessionId=...` instead.',
  })
  createExport(
    @CurrentUser() userId: string,
    @Args('input', { description: 'What to export, and how.' }) input: ExportInput,
  ): Promise<ExportTicket> {
    return this.exports.createTicket(userId, input);
  }

  @Query(() => Export, { description: `How far an export has come. ${NOT_FOUND}` })
  export(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<Export> {
    return this.exports.get(userId, id);
  }

  @Subscription(() => Export, {
    description: `How far an export has come, at once and whenever that changes, until it is at its end. ${NOT_FOUND}`,
  })
  exportProgressed(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<LiveStream<Export>> {
    return this.exports.watch(userId, id);
  }
}
