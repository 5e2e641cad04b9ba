import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { UpdateMeInput } from './user.input.js';
import { User, UserRole } from './user.model.js';
import { UsersService } from './users.service.js';

@Resolver(() => User)
export class UsersResolver {
  constructor(private readonly users: UsersService) {}

  @Query(() => User, {
    description: 'The signed-in user. UNAUTHENTICATED also when the account was deleted meanwhile.',
  })
  me(@CurrentUser() userId: string): Promise<User> {
    return this.users.read(userId);
  }

  @Mutation(() => User, {
    description:
      'Changes the signed-in user; the change appears in the live stream. BAD_USER_INPUT names each value that cannot be used.',
  })
  updateMe(
    @CurrentUser() userId: string,
    @Args('input', { description: 'The values to set.' }) input: UpdateMeInput,
  ): Promise<User> {
    return this.users.update(userId, input);
  }

  @ResolveField(() => UserRole, { description: 'What the user may do.' })
  role(@Parent() { id }: User): UserRole {
    return this.users.roleOf(id);
  }
}
