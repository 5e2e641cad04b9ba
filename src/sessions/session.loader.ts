import DataLoader from 'dataloader';
import { NotFoundError } from '../common/errors.js';
import type { GraphQLContext } from '../graphql/context.js';
import type { Session } from './session.model.js';

const KEY = Symbol('sessions');

/** The request's loader of sessions, made at first use. A request has one user, whose sessions `read` finds. */
export function sessionLoader(
  context: GraphQLContext,
  read: (ids: readonly string[]) => Promise<Session[]>,
): DataLoader<string, Session> {
  let loader = context.loaders.get(KEY) as DataLoader<string, Session> | undefined;
  if (!loader) {
    // Nothing is kept: mutations of one request run one after the other, and each shows what it made of the session.
    const options = { cache: false };
    loader = new DataLoader<string, Session>(async (ids) => {
      const found = new Map((await read([...new Set(ids)])).map((session) => [session.id, session]));
      return ids.map((id) => found.get(id) ?? new NotFoundError('Session'));
    }, options);
    context.loaders.set(KEY, loader);
  }
  return loader;
}
