import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { UnauthenticatedError } from '../common/errors.js';
import type { GraphQLContext, Viewer } from '../graphql/context.js';

/** Who calls, and with what. */
export const CurrentViewer = createParamDecorator((_: unknown, context: ExecutionContext): Viewer => {
  const { viewer, viewerError } = context.getArgByIndex<GraphQLContext>(2);
  if (!viewer) throw viewerError ?? new UnauthenticatedError();
  return viewer;
});
