import { Args, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { RenameTagArgs, TagArgs, TagsArgs } from './tag.input.js';
import { TagCount } from './tag.model.js';
import { TagsService } from './tags.service.js';

@Resolver()
export class TagsResolver {
  constructor(private readonly service: TagsService) {}

  @Query(() => [TagCount], { description: 'The tags of all sessions, archived ones too; most used first.' })
  tags(@CurrentUser() userId: string, @Args() { limit }: TagsArgs): Promise<TagCount[]> {
    return this.service.list(userId, limit);
  }

  @Mutation(() => Int, {
    description:
      'Renames a tag in all sessions; into one that exists, it becomes one with it. Returns how many sessions changed.',
  })
  renameTag(@CurrentUser() userId: string, @Args() { tag, to }: RenameTagArgs): Promise<number> {
    return this.service.rename(userId, tag, to);
  }

  @Mutation(() => Int, { description: 'Removes a tag from all sessions; returns how many had it.' })
  removeTag(@CurrentUser() userId: string, @Args() { tag }: TagArgs): Promise<number> {
    return this.service.remove(userId, tag);
  }
}
