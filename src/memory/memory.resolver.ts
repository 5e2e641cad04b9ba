import { Args, Query, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { RecallArgs } from './recall.input.js';
import { RecallHit } from './recall.model.js';
import { RecallService } from './recall.service.js';

@Resolver()
export class MemoryResolver {
  constructor(private readonly recallService: RecallService) {}

  @Query(() => [RecallHit], {
    description:
      'What was said about something in all sessions, best first: by words and their forms, names, typos, and what ' +
      'was said around it. A month or day in the query counts too.',
  })
  recall(@CurrentUser() userId: string, @Args() args: RecallArgs): Promise<RecallHit[]> {
    return this.recallService.recall(userId, args);
  }
}
