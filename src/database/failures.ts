import { UnavailableError } from '../common/errors.js';

// Connection exceptions (08), insufficient resources (53: connections, memory, disk), operator intervention
// (57: shutdown, crash, starting up, statement timeout), and a primary that has become a read-only replica.
const UNAVAILABLE_SQLSTATE = /^(08...|53...|57014|57P0.|25006)$/;

const UNAVAILABLE_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

// What pg and its pool throw without a code.
const UNAVAILABLE_MESSAGE =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/;

/** What a failed statement means to the caller: UnavailableError when the database is away, else the same error. */
export function translateFailure(error: unknown): unknown {
  const cause = (error as { driverError?: unknown } | null)?.driverError ?? error;
  return isUnavailable(cause) ? new UnavailableError() : error;
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code;
  if (code) return UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_SYSTEM.has(code);
  return UNAVAILABLE_MESSAGE.test(error.message);
}
