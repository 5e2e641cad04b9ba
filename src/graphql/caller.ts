import { Transform, type Readable } from 'node:stream';
import type { preParsingAsyncHookHandler } from 'fastify';
import { PayloadTooLargeError, RecollectError } from '../common/errors.js';
import { ACTS_FOR, type Authenticator, type GraphQLContext } from './context.js';

type Caller = Pick<GraphQLContext, 'viewer' | 'viewerError'>;

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }
}

/** To register or to sign in takes far less. */
export const MAX_STRANGERS_BODY_BYTES = 256 * 1024;

/** Finds out who calls before the body is read: of a stranger only a small one is. */
export function identify(authenticator: Authenticator): preParsingAsyncHookHandler {
  return async (request, reply, payload) => {
    const { authorization, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    request.caller = await authenticate(authenticator, authorization, request.headers[ACTS_FOR]?.toString());
    if (request.caller.viewer) return payload;
    if (Number(length) > MAX_STRANGERS_BODY_BYTES) {
      void reply.header('connection', 'close'); // its body is on its way
      throw tooLarge(request.caller);
    }
    return encoding === undefined ? payload : limited(payload, request.caller);
  };
}

async function authenticate(
  authenticator: Authenticator,
  authorization: string | undefined,
  actsFor: string | undefined,
): Promise<Caller> {
  try {
    return { viewer: await authenticator.authenticate(authorization, actsFor) };
  } catch (error) {
    if (!(error instanceof RecollectError)) throw error;
    return { viewer: null, viewerError: error };
  }
}

/** A body whose length is not told. */
function limited(payload: Readable, caller: Caller): Readable {
  let received = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      received += chunk.length;
      if (received > MAX_STRANGERS_BODY_BYTES) done(tooLarge(caller));
      else done(null, chunk);
    },
  });
  payload.on('error', (error) => counted.destroy(error));
  return payload.pipe(counted);
}

/** With a token that has expired a client needs to hear that, and nothing else. */
function tooLarge({ viewerError }: Caller): RecollectError {
  const most = `${MAX_STRANGERS_BODY_BYTES} bytes`;
  return viewerError ?? new PayloadTooLargeError(`Before signing in, a request has at most ${most}.`);
}
