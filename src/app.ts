import type { Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { isAllowedOrigin } from './config/origins.js';
import { trustOf } from './config/proxies.js';
import { SECURITY_HEADERS } from './graphql/security-headers.js';
import { refuseUnreadable, refuseUnroutable } from './graphql/unreadable.js';

const IDLE_SWEEP_MILLISECONDS = 50;
/** How often Node looks for requests that take too long. */
const TIMEOUT_CHECK_MILLISECONDS = 5000;
/** Longer than any statement may take; what is not finished then hangs. */
const DRAIN_MILLISECONDS = 3800;

/** The whole service, ready to listen. Its database is migrated. */
export async function createApp(config: Config): Promise<NestFastifyApplication> {
  const timeout = config.REQUEST_TIMEOUT_SECONDS * 1000;
  const adapter = new FastifyAdapter({
    bodyLimit: config.MAX_BODY_BYTES,
    requestTimeout: timeout,
    http: {
      headersTimeout: timeout,
      connectionsCheckingInterval: Math.min(timeout, TIMEOUT_CHECK_MILLISECONDS),
    },
    // Keys such as `__proto__` are data here: nothing copies what was sent key by key onto an object of ours.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    frameworkErrors: refuseUnroutable,
    clientErrorHandler: refuseUnreadable,
    trustProxy: trustOf(config),
    // No Express-style middleware here: its engine would look at every request for nothing.
    skipMiddie: true,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config), adapter, {
    // Whoever starts the service tells of a failure; Nest would tell the whole story a second time.
    logger: false,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.enableCors({
    origin: (origin, allow) => allow(null, origin !== undefined && isAllowedOrigin(config, origin)),
    methods: ['GET', 'POST'],
    maxAge: 86_400,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.addHook('onRequest', (_, reply, done) => {
    void reply.headers(SECURITY_HEADERS);
    done();
  });
  fastify.addHook('preClose', (done) => {
    drain(fastify.server);
    done();
  });
  return app;
}

/** Closing waits for every connection: those that a client keeps alive would hold it for over a minute. */
function drain(server: Server): void {
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MILLISECONDS);
  const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MILLISECONDS);
  server.once('close', () => {
    clearInterval(sweep);
    clearTimeout(deadline);
  });
}
