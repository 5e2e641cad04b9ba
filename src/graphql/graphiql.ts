import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { CONFIG, type Config } from '../config/config.js';

/** Everything comes from here and nothing else runs; Monaco sets styles from scripts. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

const NOT_BUILT = 'GraphiQL is not built: run `npm run build`.\n';

/** The built page lies beside the compiled service; found from the package's root, so sources find it too. */
function builtPage(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json')) && directory !== dirname(directory)) {
    directory = dirname(directory);
  }
  return join(directory, 'dist', 'graphiql');
}

/** Serves GraphiQL at /graphiql, from our own files only. */
@Injectable()
export class GraphiQL implements OnModuleInit {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.config.GRAPHIQL) return;
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    const root = builtPage();
    if (!existsSync(join(root, 'index.html'))) {
      fastify.get('/graphiql', (_, reply) => reply.code(404).type('text/plain').send(NOT_BUILT));
      return;
    }
    fastify.get('/graphiql', (_, reply) => reply.redirect('/graphiql/'));
    await fastify.register(fastifyStatic, {
      root,
      prefix: '/graphiql/',
      setHeaders: (response) => {
        for (const [name, value] of Object.entries(HEADERS)) void response.header(name, value);
      },
    });
  }
}
