import DataLoader from 'dataloader';
import type { GraphQLContext } from '../graphql/context.js';

/** A request's loader of rows by id, made at first use; null for those that are missing. */
export function byIdLoader<Row extends { id: string }>(
  { loaders }: GraphQLContext,
  key: symbol,
  read: (ids: readonly string[]) => Promise<Row[]>,
): DataLoader<string, Row | null> {
  let loader = loaders.get(key) as DataLoader<string, Row | null> | undefined;
  if (!loader) {
    loader = new DataLoader<string, Row | null>(
      async (ids) => {
        const found = new Map((await read([...new Set(ids)])).map((row) => [row.id, row]));
        return ids.map((id) => found.get(id) ?? null);
      },
      { cache: false }, // a mutation may come between two reads of one request
    );
    loaders.set(key, loader);
  }
  return loader;
}
