/** What Recollect refused, with the code of its closed set (`BAD_USER_INPUT`, `NOT_FOUND`, `CONFLICT` ...). */
export class RecollectError extends Error {
  constructor(
    message: string,
    readonly code: string,
    /** For BAD_USER_INPUT: the reasons by path. */
    readonly fields: Record<string, string[]> = {},
  ) {
    super(message);
    this.name = 'RecollectError';
  }
}

/** Nobody answered: offline, a server that restarts, or something between that answers for it. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

/** Codes that say nothing of the request itself: the same one may be accepted later. */
const PASSING = new Set(['UNAVAILABLE', 'RATE_LIMITED', 'UNAUTHENTICATED', 'INTERNAL_SERVER_ERROR']);

/** Whether the same request, sent again later, may succeed. */
export function isPassing(error: unknown): boolean {
  return error instanceof RecollectError ? PASSING.has(error.code) : error instanceof UnreachableError;
}

interface WireError {
  message: string;
  extensions?: { code?: string; fields?: Record<string, string[]> };
}

/** The data of a GraphQL answer; throws the first error it holds. */
export function dataOf<Data>(answer: {
  data?: Data | null | undefined;
  errors?: readonly WireError[] | undefined;
}): Data {
  const [error] = answer.errors ?? [];
  if (error) {
    const { code = 'INTERNAL_SERVER_ERROR', fields } = error.extensions ?? {};
    throw new RecollectError(error.message, code, fields);
  }
  if (!answer.data) throw new UnreachableError('The answer holds neither data nor errors.');
  return answer.data;
}
