import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { NotForKeys } from '../auth/not-for-keys.decorator.js';
import { ExportInput } from './export.input.js';
import { ExportTicket } from './export.model.js';
import { ExportService } from './export.service.js';

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
}
