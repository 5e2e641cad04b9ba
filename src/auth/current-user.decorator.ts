import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { UnauthenticatedError } from '../common/errors.js';
import type { FastifyRequest } from 'fastify';
import type { GraphQLContext } from '../graphql/context.js';

/** The id of the user who calls. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { viewer, viewerError } =
    context.getType<string>() === 'graphql'
      ? context.getArgByIndex<GraphQLContext>(2)
      : context.switchToHttp().getRequest<FastifyRequest>().caller;
  if (!viewer) throw viewerError ?? new UnauthenticatedError();
  return viewer.userId;
});
