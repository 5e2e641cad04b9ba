import { Inject, Injectable } from '@nestjs/common';
import { ForbiddenError, UnauthenticatedError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/config.js';
import type { DeletionReceipt } from '../deletions/deletion-receipt.model.js';
import type { Authenticator, Viewer } from '../graphql/context.js';
import { KeysService } from '../keys/keys.service.js';
import type { User } from '../users/user.model.js';
import { UsersService } from '../users/users.service.js';
import { AccessTokens } from './access-tokens.js';
import { Attempts } from '../limits/attempts.service.js';
import type { LoginInput, RegisterInput } from './auth.input.js';
import type { AuthPayload } from './auth.model.js';
import { AuthRepository } from './auth.repository.js';
import { TokenVerifier } from './token-verifier.js';

const SERVICE_KEY = /^bearer +(rk_\S*) *$/i;

@Injectable()
export class AuthService implements Authenticator {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly users: UsersService,
    private readonly repository: AuthRepository,
    private readonly accessTokens: AccessTokens,
    private readonly verifier: TokenVerifier,
    private readonly attempts: Attempts,
    private readonly keys: KeysService,
  ) {}

  async authenticate(authorization: string | undefined, actsFor?: string): Promise<Viewer | null> {
    if (authorization === undefined) return null;
    const [, key] = SERVICE_KEY.exec(authorization) ?? [];
    if (key) return this.keys.authenticate(key, actsFor);
    const viewer = await this.verifier.verify(authorization);
    if (actsFor !== undefined) throw new ForbiddenError('Only a service key acts for somebody else.');
    return viewer;
  }

  isStillGood(viewer: Viewer): Promise<boolean> {
    return this.keys.isStillGood(viewer);
  }

  async issueAccessToken(userId: string, seconds: number): Promise<string> {
    return (await this.accessTokens.issue(userId, seconds)).token;
  }

  async register(input: RegisterInput, address: string): Promise<AuthPayload> {
    this.demandLocalAccounts();
    const email = input.email.toLowerCase();
    await this.attempts.take('register', address, email);
    const user = await this.users.create({ ...input, email });
    return this.payload(user, await this.repository.startFamily(user.id));
  }

  async login(input: LoginInput, address: string): Promise<AuthPayload> {
    this.demandLocalAccounts();
    const email = input.email.toLowerCase();
    await this.attempts.take('login', address, email);
    const userId = await this.users.idByPassword(email, input.password);
    if (!userId) throw new UnauthenticatedError('The e-mail address or the password is wrong.');
    await this.attempts.giveBack('login', address, email);
    return this.payload(await this.users.read(userId), await this.repository.startFamily(userId));
  }

  async refresh(token: string): Promise<AuthPayload> {
    const rotated = await this.repository.rotate(token);
    if (!rotated) throw new UnauthenticatedError('The refresh token is not valid any more: log in.');
    return this.payload(await this.users.read(rotated.userId), rotated.refreshToken);
  }

  async logout(userId: string, refreshToken: string | null | undefined): Promise<void> {
    if (refreshToken != null) await this.repository.revokeFamily(userId, refreshToken);
    await this.users.endSessions(userId);
  }

  /** Drops the refresh tokens of everybody that have expired; returns how many. */
  dropExpiredTokens(): Promise<number> {
    return this.repository.pruneAll();
  }

  async deleteUser(
    userId: string,
    password: string | null | undefined,
    confirm: boolean,
    address: string,
  ): Promise<DeletionReceipt> {
    await this.attempts.take('delete', address, userId);
    return this.users.delete(userId, password, confirm);
  }

  private demandLocalAccounts(): void {
    if (!this.config.LOCAL_ACCOUNTS) {
      throw new ForbiddenError('Accounts are kept by the identity provider: sign in there.');
    }
  }

  private async payload(user: User, refreshToken: string): Promise<AuthPayload> {
    const { token, expiresAt } = await this.accessTokens.issue(user.id, this.config.ACCESS_TOKEN_SECONDS);
    return { accessToken: token, accessTokenExpiresAt: expiresAt, refreshToken, user };
  }
}
