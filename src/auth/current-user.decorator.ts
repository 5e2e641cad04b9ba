import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { UnauthenticatedError } from '../common/errors.js';
import type { GraphQLContext } from '../graphql/context.js';

/** The id of the user who calls. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { viewer, viewerError } = context.getArgByIndex<GraphQLContext>(2);
  if (!viewer) throw viewerError ?? new UnauthenticatedError();
  return viewer.userId;
});
