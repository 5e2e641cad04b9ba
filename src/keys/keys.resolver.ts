import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { NotForKeys } from '../auth/not-for-keys.decorator.js';
import { NOT_FOUND } from '../common/errors.js';
import { UUIDScalar } from '../common/scalars.js';
import { KeysService } from './keys.service.js';
import { CreateServiceKeyInput } from './service-key.input.js';
import { CreatedServiceKey, ServiceKey } from './service-key.model.js';

@NotForKeys()
@Resolver(() => ServiceKey)
export class KeysResolver {
  constructor(private readonly keys: KeysService) {}

  @Query(() => [ServiceKey], { description: "The user's service keys, newest first, at most 100." })
  serviceKeys(@CurrentUser() userId: string): Promise<ServiceKey[]> {
    return this.keys.list(userId);
  }

  @Mutation(() => CreatedServiceKey, {
    description:
      'Creates a service key: a bot or an agent acts with it for the user, or, with the header ' +
      '"X-Recollect-User: telegram:12345", for a user of that name who is its own. CONFLICT when there are 100.',
  })
  createServiceKey(
    @CurrentUser() userId: string,
    @Args('input', { description: 'The key.' }) input: CreateServiceKeyInput,
  ): Promise<CreatedServiceKey> {
    return this.keys.create(userId, input);
  }

  @Mutation(() => UUIDScalar, {
    description:
      'Takes a service key back, for good: requests with it are refused from now on and its sockets closed, in other ' +
      `processes within seconds. Returns its id. ${NOT_FOUND}`,
  })
  revokeServiceKey(
    @CurrentUser() userId: string,
    @Args('id', { type: () => UUIDScalar, description: 'The service key.' }) id: string,
  ): Promise<string> {
    return this.keys.revoke(userId, id);
  }
}
