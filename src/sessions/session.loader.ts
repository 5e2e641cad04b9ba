import DataLoader from 'dataloader';
import type { GraphQLContext } from '../graphql/context.js';
import type { Session } from './session.model.js';
import type { SessionsService } from './sessions.service.js';

const KEY = Symbol('sessions');

/** The request's loader of the user's sessions: all that one tick asks for is one statement. */
export function sessionLoader(
  context: GraphQLContext,
  sessions: SessionsService,
  userId: string,
): DataLoader<string, Session> {
  let loader = context.loaders.get(KEY) as DataLoader<string, Session> | undefined;
  if (!loader) {
    loader = new DataLoader((ids: readonly string[]) => sessions.getMany(userId, ids));
    context.loaders.set(KEY, loader);
  }
  return loader;
}
