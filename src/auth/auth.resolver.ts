import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import { DeletionReceipt } from '../deletions/deletion-receipt.model.js';
import { DeleteMeArgs, LoginInput, RegisterInput } from './auth.input.js';
import { AuthPayload } from './auth.model.js';
import { AuthService } from './auth.service.js';
import { CurrentUser } from './current-user.decorator.js';
import { NotForKeys } from './not-for-keys.decorator.js';
import { Public } from './public.decorator.js';

@NotForKeys()
@Resolver()
export class AuthResolver {
  constructor(private readonly auth: AuthService) {}

  @Public()
  @Mutation(() => AuthPayload, {
    description:
      'Creates an account and signs in. CONFLICT when the e-mail address has an account, RATE_LIMITED after 10 attempts with it or 100 in all from one address in 15 minutes, or 100 with it from anywhere, FORBIDDEN where accounts are external.',
  })
  register(
    @Args('input', { description: 'The account.' }) input: RegisterInput,
    @Context('remoteAddress') address: string,
  ): Promise<AuthPayload> {
    return this.auth.register(input, address);
  }

  @Public()
  @Mutation(() => AuthPayload, {
    description:
      'Signs in. UNAUTHENTICATED when the e-mail address or the password is wrong, RATE_LIMITED after 10 failures for it or 100 in all from one address in 15 minutes, or 100 for it from anywhere, FORBIDDEN where accounts are external.',
  })
  login(
    @Args('input', { description: 'Who signs in.' }) input: LoginInput,
    @Context('remoteAddress') address: string,
  ): Promise<AuthPayload> {
    return this.auth.login(input, address);
  }

  @Public()
  @Mutation(() => AuthPayload, {
    description:
      'Exchanges a refresh token for new tokens. Each is good for one use, by parallel calls too: within 10 s of the first, while no refresh token of their answers has been used. Any later use ends everything that descends from the same sign-in. UNAUTHENTICATED when it is unknown, used, revoked or expired.',
  })
  refreshToken(
    @Args('refreshToken', { description: 'The newest refresh token of this sign-in.' }) refreshToken: string,
  ): Promise<AuthPayload> {
    return this.auth.refresh(refreshToken);
  }

  @Mutation(() => Boolean, {
    description:
      "Ends the user's active sessions with the reason LOGGED_OUT, and with them the sign-in that the refresh token comes from. True, also when repeated. The access token stays good until it expires: forget it.",
  })
  async logout(
    @CurrentUser() userId: string,
    @Args('refreshToken', {
      type: () => String,
      nullable: true,
      description: 'Any refresh token of the sign-in to end; users of an external issuer have none.',
    })
    refreshToken: string | null,
  ): Promise<boolean> {
    await this.auth.logout(userId, refreshToken);
    return true;
  }

  @Mutation(() => DeletionReceipt, {
    description:
      'Erases the user and everything of theirs, for ever, and ends their live streams. Returns what went, which nothing ' +
      'is left to keep: it cannot be asked for again. RATE_LIMITED after 10 attempts in 15 minutes.',
  })
  deleteMe(
    @CurrentUser() userId: string,
    @Args() { password, confirm }: DeleteMeArgs,
    @Context('remoteAddress') address: string,
  ): Promise<DeletionReceipt> {
    return this.auth.deleteUser(userId, password, confirm, address);
  }
}
