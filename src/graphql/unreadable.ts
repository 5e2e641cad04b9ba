import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { codeOf } from './error-mask.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** What cannot be read as a request reaches no route; it is answered in the shape of GraphQL all the same. */
function refusal(status: number, message: string): object {
  return { errors: [{ message, extensions: { code: codeOf(status) } }] };
}

/** A request whose URL no route can be looked up by. Fastify's own words quote the URL. */
export function refuseUnroutable(
  error: { statusCode?: number },
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  const status = error.statusCode ?? 400;
  void reply.code(status).headers(SECURITY_HEADERS).send(refusal(status, 'The URL is not valid.'));
}

/** Bytes that are no HTTP, or stop coming. */
export function refuseUnreadable({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, message] = reasonOf(code);
  const body = JSON.stringify(refusal(status, message));
  const headers = { connection: 'close', 'content-type': 'application/json', 'content-length': body.length };
  const lines = Object.entries({ ...SECURITY_HEADERS, ...headers }).map((header) => header.join(': '));
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines].join('\r\n');
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy());
}

function reasonOf(code: string | undefined): [status: number, message: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The request did not arrive in time.'];
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'The headers are too large.'];
    default:
      return [400, 'The request is not valid HTTP.'];
  }
}
