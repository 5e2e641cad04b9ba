import DataLoader from 'dataloader';
import type { GraphQLContext } from '../graphql/context.js';
import type { StoredVersion } from './answers.repository.js';

const KEY = Symbol('answer versions');

/** The request's loader of the answers that are stored for interactions, oldest first. */
export function versionLoader(
  context: GraphQLContext,
  read: (ids: readonly string[]) => Promise<StoredVersion[]>,
): DataLoader<string, StoredVersion[]> {
  let loader = context.loaders.get(KEY) as DataLoader<string, StoredVersion[]> | undefined;
  if (!loader) {
    const options = { cache: false };
    loader = new DataLoader<string, StoredVersion[]>(async (ids) => {
      const found = Map.groupBy(await read([...new Set(ids)]), ({ interactionId }) => interactionId);
      return ids.map((id) => found.get(id) ?? []);
    }, options);
    context.loaders.set(KEY, loader);
  }
  return loader;
}
