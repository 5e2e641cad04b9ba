import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config/config.js';

/** One line per request at debug level, else only for failed ones: a line each costs an eighth of the throughput. */
@Injectable()
export class RequestLog implements OnModuleInit {
  private readonly logger = new Logger('HTTP');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    const all = this.config.LOG_LEVEL === 'debug';
    fastify.addHook('onResponse', (request, reply, done) => {
      if (reply.statusCode >= 500) this.logger.warn(lineOf(request, reply));
      else if (all) this.logger.debug(lineOf(request, reply));
      done();
    });
  }
}

/** Without the query string, which may carry a whole operation with its variables. */
function lineOf({ method, url }: FastifyRequest, reply: FastifyReply): object {
  const [path] = url.split('?', 1);
  return { method, path, status: reply.statusCode, milliseconds: Math.round(reply.elapsedTime) };
}
