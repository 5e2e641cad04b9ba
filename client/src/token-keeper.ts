import { Connection } from './connection.js';
import { RecollectError } from './errors.js';
import {
  LoginDocument,
  LogoutDocument,
  RefreshTokenDocument,
  RegisterDocument,
  type LoginInput,
  type RegisterInput,
  type TokensFragment,
} from './operations.js';
import { BrowserStorage, type Storage } from './storage.js';

const KEY = 'tokens';
/** Whose everything else in the storage is. */
const USER = 'user';
/** Renewed so long before it expires, for clocks that differ and requests that travel. */
const MARGIN_MILLISECONDS = 30_000;

/** Signs in, and keeps the sign-in over restarts by refreshing its tokens, once for all who ask meanwhile. */
export class TokenKeeper {
  private readonly connection: Connection;
  private refreshing: Promise<TokensFragment> | undefined;

  constructor(
    private readonly url: string,
    private readonly storage: Storage = new BrowserStorage(),
  ) {
    this.connection = new Connection({ url });
  }

  async register(input: RegisterInput): Promise<void> {
    await this.begin((await this.connection.run(RegisterDocument, { input })).register);
  }

  async login(input: LoginInput): Promise<void> {
    await this.begin((await this.connection.run(LoginDocument, { input })).login);
  }

  /** An access token that is good for a while; null when nobody is signed in. What `Connection` wants as `token`. */
  readonly access = async (): Promise<string | null> => {
    const tokens = await this.kept();
    if (!tokens) return null;
    if (Date.parse(tokens.accessTokenExpiresAt) - MARGIN_MILLISECONDS > Date.now()) return tokens.accessToken;
    this.refreshing ??= this.refresh(tokens.refreshToken).finally(() => (this.refreshing = undefined));
    return (await this.refreshing).accessToken;
  };

  /** Ends the user's active sessions and the sign-in, and leaves nothing of the user in the storage: save before. */
  async logout(): Promise<void> {
    const tokens = await this.kept();
    if (!tokens) return;
    const signedIn = new Connection({ url: this.url, token: this.access });
    await signedIn.run(LogoutDocument, { refreshToken: tokens.refreshToken });
    await this.clear();
  }

  private async begin({ user, ...tokens }: TokensFragment & { user: { id: string } }): Promise<void> {
    const before = await this.storage.get(USER);
    if (before !== null && before !== user.id) await this.clear();
    await this.storage.set(USER, user.id);
    await this.keep(tokens);
  }

  private async clear(): Promise<void> {
    for (const key of await this.storage.keys('')) await this.storage.remove(key);
  }

  private async refresh(refreshToken: string): Promise<TokensFragment> {
    try {
      const { refreshToken: tokens } = await this.connection.run(RefreshTokenDocument, { refreshToken });
      await this.keep(tokens);
      return tokens;
    } catch (error) {
      const refused = error instanceof RecollectError && error.code === 'UNAUTHENTICATED';
      // Unless another tab was faster, and what it got is there.
      if (refused && (await this.kept())?.refreshToken === refreshToken) await this.storage.remove(KEY);
      throw error;
    }
  }

  private async kept(): Promise<TokensFragment | null> {
    const text = await this.storage.get(KEY);
    return text === null ? null : (JSON.parse(text) as TokensFragment);
  }

  private async keep(tokens: TokensFragment): Promise<void> {
    await this.storage.set(KEY, JSON.stringify(tokens));
  }
}
