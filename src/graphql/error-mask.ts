import { randomUUID } from 'node:crypto';
import { HttpException, Logger } from '@nestjs/common';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { RecollectError, type ErrorCode } from '../common/errors.js';

const logger = new Logger('GraphQL');
const MAX_MESSAGE = 500;
const NULL_ARGUMENT =
  /^Argument "(\w+)" of (?:non-null|required) type .* (must not be null|was not provided)/;

const codeOfStatus: Record<number, ErrorCode> = {
  400: 'BAD_USER_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  408: 'BAD_USER_INPUT',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'PAYLOAD_TOO_LARGE',
  415: 'BAD_USER_INPUT',
  422: 'BAD_USER_INPUT',
  429: 'RATE_LIMITED',
  431: 'PAYLOAD_TOO_LARGE',
  503: 'UNAVAILABLE',
};

/** The code of a refusal that Nest or Fastify words as an HTTP status. */
export function codeOf(status: number): ErrorCode {
  return codeOfStatus[status] ?? 'INTERNAL_SERVER_ERROR';
}

function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof GraphQLError && root.originalError) root = root.originalError;
  return root;
}

/** Cut, because graphql-js quotes what was sent. */
function cut(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}

function placeOf(error: unknown): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  if (!(error instanceof GraphQLError)) return {};
  return {
    ...(error.locations && { locations: error.locations }),
    ...(error.path && { path: error.path }),
  };
}

/**
 * What the log may know of an unexpected error: where and which, never what with. PostgreSQL's `detail` and often
 * its message, graphql-js's words about values and JSON.parse's about its text quote what users wrote.
 */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const frames = error.stack?.split('\n').filter((line) => line.startsWith('    at '));
  const { code, severity, constraint, table, routine } = error as Error & Record<string, unknown>;
  const quotes = severity !== undefined || error instanceof GraphQLError || error instanceof SyntaxError;
  return {
    type: error.name,
    message: cut(quotes ? error.message.replace(/[:"'].*/s, '…') : error.message),
    ...(typeof code === 'string' && { code, constraint, table, routine }),
    stack: frames?.join('\n'),
  };
}

/** An unexpected error, logged; the caller gets the id to ask about it with. */
export function internalError(error: unknown, place: Record<string, unknown> = {}): GraphQLFormattedError {
  const id = randomUUID();
  logger.error({ errorId: id, ...place, error: describe(rootOf(error)) });
  return {
    message: `Something went wrong on our side; we can find it as ${id}.`,
    extensions: { code: 'INTERNAL_SERVER_ERROR' satisfies ErrorCode, id },
  };
}

/**
 * The answer for any error, on HTTP and WebSocket: refusals as they are, what graphql-js refuses in the request as
 * BAD_USER_INPUT, everything else masked.
 */
export function maskError(error: unknown): GraphQLFormattedError {
  const root = rootOf(error);
  const place = placeOf(error);
  if (root instanceof RecollectError) {
    return { message: root.message, ...place, extensions: { ...root.extensions } };
  }
  if (root instanceof HttpException && codeOf(root.getStatus()) !== 'INTERNAL_SERVER_ERROR') {
    return { message: cut(root.message), ...place, extensions: { code: codeOf(root.getStatus()) } };
  }
  if (root instanceof RangeError && root.message.startsWith('Maximum call stack') && !place.path) {
    // graphql-js reads a document by recursion: 2,000 brackets within each other exhaust the stack.
    return { message: 'The document is nested too deeply.', extensions: { code: 'BAD_USER_INPUT' } };
  }
  if (root instanceof GraphQLError) {
    // An error with a path arose in execution: it is about our data, unless it is about a literal argument.
    const argument = NULL_ARGUMENT.exec(root.message);
    if (argument || !place.path) {
      const fields = argument && { [argument[1]!]: [argument[2]] };
      const code: ErrorCode = 'BAD_USER_INPUT';
      return { message: cut(root.message), ...place, extensions: { code, ...(fields && { fields }) } };
    }
  }
  return { ...internalError(error, { path: place.path?.join('.') }), ...place };
}
