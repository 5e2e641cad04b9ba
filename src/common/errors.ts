import { GraphQLError } from 'graphql';

/** Every value `extensions.code` of an answer can have: clients may switch over it exhaustively. */
export type ErrorCode =
  | 'BAD_USER_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR';

/** Of what is asked about something by its id. */
export const NOT_FOUND = "NOT_FOUND when there is none or it is another user's.";

/** A refusal that the caller is meant to read. Everything that is not one is masked and logged. */
export abstract class RecollectError extends GraphQLError {
  constructor(code: ErrorCode, message: string, extensions: Record<string, unknown> = {}) {
    super(message, { extensions: { code, ...extensions } });
  }
}

/** What the caller sent cannot be used. `fields` maps the path of each refused value to the reasons. */
export class BadUserInputError extends RecollectError {
  constructor(fields: Record<string, string[]>) {
    const text = Object.entries(fields)
      .map(([path, reasons]) => `${path} ${reasons.join(', ')}`)
      .join('; ');
    super('BAD_USER_INPUT', text, { fields });
  }
}

/** No valid credentials came with the request. */
export class UnauthenticatedError extends RecollectError {
  constructor(message = 'Sign in first: send "Authorization: Bearer <access token>".') {
    super('UNAUTHENTICATED', message);
  }
}

/** The caller is known, and may not do this. */
export class ForbiddenError extends RecollectError {
  constructor(message: string) {
    super('FORBIDDEN', message);
  }
}

/** There is no such thing, or it is somebody else's: the caller cannot tell which. */
export class NotFoundError extends RecollectError {
  constructor(what: string) {
    super('NOT_FOUND', `${what} not found.`);
  }
}

/** The request contradicts what is stored: another payload under the same id, or a newer version. */
export class ConflictError extends RecollectError {
  constructor(message: string) {
    super('CONFLICT', message);
  }
}

/** Too many requests: which `limit` is reached. `retryAfterSeconds` says when the next one has a chance. */
export class RateLimitedError extends RecollectError {
  constructor(limit: string, retryAfterSeconds: number) {
    super('RATE_LIMITED', `${limit}; try again in ${retryAfterSeconds} s.`, { retryAfterSeconds });
  }
}

/** The request is larger than the server accepts. */
export class PayloadTooLargeError extends RecollectError {
  constructor(message: string) {
    super('PAYLOAD_TOO_LARGE', message);
  }
}

/** A part the service needs (the database) does not answer now; the same request may work later. */
export class UnavailableError extends RecollectError {
  constructor(message = 'The database does not answer; try again.') {
    super('UNAVAILABLE', message);
  }
}
