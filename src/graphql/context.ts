import { BadUserInputError, type RecollectError } from '../common/errors.js';

/** Names, in the header or in connection_init, whom a service key acts for. */
export const ACTS_FOR = 'x-recollect-user';

/** The service key of a bot or an agent. */
export interface ServiceKeyPass {
  id: string;
  hash: Buffer;
  /** Who created it: the users it brings are theirs. */
  ownerId: string;
  scopes: readonly string[];
  ratePerMinute: number;
  expiresAt: number;
  /** Whom it acts for, such as `telegram:12345`; its owner without. */
  identity?: string;
}

/** Who calls, as the access token or the service key says. */
export interface Viewer {
  userId: string;
  /** When the token ends, in milliseconds since the epoch. */
  expiresAt: number;
  /** The key through which somebody is acted for. */
  key?: ServiceKeyPass;
}

/** What every resolver gets, over HTTP and over WebSocket alike. */
export interface GraphQLContext {
  viewer: Viewer | null;
  /** Why a token that was sent is not good. Thrown by the guard only: public fields answer all the same. */
  viewerError?: RecollectError;
  remoteAddress: string;
  /** Loaders of this request, created by the feature that needs them. */
  loaders: Map<unknown, unknown>;
}

/** Tells who calls; implemented by the accounts feature, which this folder must not import. */
export abstract class Authenticator {
  /** Null without credentials. Throws a RecollectError when they are bad or expired. */
  abstract authenticate(authorization: string | undefined, actsFor?: string): Promise<Viewer | null>;

  /** Whether who was let in once would be let in again, for connections that outlast what let them in. */
  abstract isStillGood(viewer: Viewer): Promise<boolean>;
}

/**
 * A bot that acts for somebody says in which session it asks for what is remembered: without, it would show in a group
 * what was said in private. `path` leads to the session in the request.
 */
export function demandSession({ key }: Viewer, sessionId: string | null | undefined, path: string): void {
  if (key?.identity === undefined || sessionId != null) return;
  throw new BadUserInputError({ [path]: ['must be given by a service key that acts for somebody'] });
}
