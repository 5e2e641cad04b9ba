import DataLoader from 'dataloader';
import type { GraphQLContext } from '../graphql/context.js';

/** The request's loader of what belongs to facts, made at first use. Nothing is kept: a mutation may come in between. */
export function factLoader<Value>(
  context: GraphQLContext,
  name: string,
  read: (ids: readonly string[]) => Promise<(id: string) => Value>,
): DataLoader<string, Value> {
  const key = `facts ${name}`;
  let loader = context.loaders.get(key) as DataLoader<string, Value> | undefined;
  if (!loader) {
    loader = new DataLoader<string, Value>(
      async (ids) => {
        const valueOf = await read(ids);
        return ids.map(valueOf);
      },
      { cache: false },
    );
    context.loaders.set(key, loader);
  }
  return loader;
}
