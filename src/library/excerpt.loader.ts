import DataLoader from 'dataloader';
import type { GraphQLContext } from '../graphql/context.js';
import type { MessageExcerpt } from './message-excerpt.model.js';

const KEY = Symbol('excerpts');

/** The first and the last message of a session; null when it has none. */
export interface Excerpts {
  preview: MessageExcerpt | null;
  lastMessage: MessageExcerpt | null;
}

/** The request's loader of the first and last messages of sessions, made at first use. */
export function excerptLoader(
  context: GraphQLContext,
  read: (sessionIds: readonly string[]) => Promise<(Excerpts & { id: string })[]>,
): DataLoader<string, Excerpts> {
  let loader = context.loaders.get(KEY) as DataLoader<string, Excerpts> | undefined;
  if (!loader) {
    loader = new DataLoader<string, Excerpts>(
      async (sessionIds) => {
        const found = new Map((await read([...new Set(sessionIds)])).map((row) => [row.id, row]));
        return sessionIds.map((id) => found.get(id) ?? { preview: null, lastMessage: null });
      },
      { cache: false }, // a mutation may come between two reads of one request
    );
    context.loaders.set(KEY, loader);
  }
  return loader;
}
