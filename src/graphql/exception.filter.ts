import { Catch, HttpException, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { codeOf, internalError, maskError } from './error-mask.js';

/** To a client that takes it, it says that an answer of any status is GraphQL's and not some proxy's. */
const GRAPHQL_RESPONSE = 'application/graphql-response+json';

const statusOfCode: Record<string, number> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

/**
 * Nest logs what guards and resolvers throw as errors with a stack, expected or not. Errors of operations pass
 * silently here, since the mask logs the unexpected ones; errors of plain HTTP get the shape of GraphQL's.
 */
@Injectable()
@Catch()
export class OperationExceptionFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    if (host.getType<string>() === 'graphql') throw exception;
    const { httpAdapter } = this.adapterHost;
    const [request, reply] = host.getArgs<[FastifyRequest, FastifyReply]>();
    const [status, body] = answerOf(exception);
    if (request.headers.accept?.includes(GRAPHQL_RESPONSE)) void reply.type(GRAPHQL_RESPONSE);
    httpAdapter.reply(reply, body, status);
  }
}

function answerOf(exception: unknown): [status: number, body: unknown] {
  // A controller that chose its own answer (health) keeps it.
  if (exception instanceof HttpException && typeof exception.getResponse() === 'object') {
    const own = exception.getResponse() as Record<string, unknown>;
    if (!('statusCode' in own)) return [exception.getStatus(), own];
  }
  if (exception instanceof GraphQLError) {
    const error = maskError(exception);
    return [statusOfCode[String(error.extensions?.['code'])] ?? 500, { errors: [error] }];
  }
  return [statusOf(exception) ?? 500, { errors: [refusalOf(exception)] }];
}

/** The status of an exception of Nest's or Fastify's that is the caller's doing. */
function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  const status = (exception as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

function refusalOf(exception: unknown): GraphQLFormattedError {
  const status = statusOf(exception);
  if (status === undefined || !(exception instanceof Error)) return internalError(exception);
  return { message: exception.message, extensions: { code: codeOf(status) } };
}
