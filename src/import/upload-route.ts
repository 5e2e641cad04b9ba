import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { UnauthenticatedError } from '../common/errors.js';
import { checked } from '../common/validation.js';
import { Authenticator } from '../graphql/context.js';
import { identify } from '../graphql/caller.js';
import { KeysService } from '../keys/keys.service.js';
import { KeyScope } from '../keys/service-key.model.js';
import { UploadInput } from './import.input.js';
import { ImportService } from './import.service.js';

type Query = Record<string, string | undefined>;

/**
 * `POST /import`: the file is the body, whatever its type says. Fastify's own route, because a controller's body is parsed
 * before it is asked, in memory.
 */
@Injectable()
export class UploadRoute implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly authenticator: Authenticator,
    private readonly keys: KeysService,
    private readonly imports: ImportService,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    void fastify.register((scope, _, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
      scope.route({
        url: '/import',
        method: 'POST',
        preParsing: identify(this.authenticator),
        handler: (request, reply) => this.take(request, reply),
      });
      done();
    });
  }

  private async take(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    // What is refused is not read to its end.
    void reply.header('connection', 'close');
    const { viewer, viewerError } = request.caller;
    if (!viewer) throw viewerError ?? new UnauthenticatedError();
    if (viewer.key) await this.keys.admit(viewer.key, KeyScope.WRITE);
    const { id, format, dryRun = 'false', offset = '0' } = request.query as Query;
    const input = checked(
      UploadInput,
      {
        id: id?.toLowerCase(),
        format: format?.toUpperCase(),
        dryRun: dryRun === 'true' || (dryRun === 'false' ? false : dryRun),
        offset: Number(offset),
      },
      '',
    );
    const length = Number(request.headers['content-length'] ?? 0);
    const body = (request.body ?? []) as AsyncIterable<Buffer>; // none at all
    const { state, receivedBytes, ...upload } = await this.imports.upload(viewer.userId, input, body, length);
    void reply.code(202);
    return { id: upload.id, state, receivedBytes };
  }
}
