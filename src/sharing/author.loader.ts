import DataLoader from 'dataloader';
import type { GraphQLContext } from '../graphql/context.js';
import type { StoredAuthor } from './sharing.repository.js';

const KEY = Symbol('interaction authors');

/** The request's loader of who wrote interactions, if it was not the user. */
export function authorLoader(
  context: GraphQLContext,
  read: (ids: readonly string[]) => Promise<StoredAuthor[]>,
): DataLoader<string, StoredAuthor | null> {
  let loader = context.loaders.get(KEY) as DataLoader<string, StoredAuthor | null> | undefined;
  if (!loader) {
    const options = { cache: false };
    loader = new DataLoader<string, StoredAuthor | null>(async (ids) => {
      const found = new Map((await read([...new Set(ids)])).map((author) => [author.interactionId, author]));
      return ids.map((id) => found.get(id) ?? null);
    }, options);
    context.loaders.set(KEY, loader);
  }
  return loader;
}
