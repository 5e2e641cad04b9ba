import type { RecollectError } from '../common/errors.js';

/** Who calls, as the access token says. */
export interface Viewer {
  userId: string;
  /** When the token ends, in milliseconds since the epoch. */
  expiresAt: number;
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
  /** Null without credentials. Throws UnauthenticatedError when they are bad or expired. */
  abstract authenticate(authorization: string | undefined): Promise<Viewer | null>;
}
