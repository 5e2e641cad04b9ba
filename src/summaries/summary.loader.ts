import DataLoader from 'dataloader';
import type { GraphQLContext } from '../graphql/context.js';
import type { SeenSummary } from './summaries.repository.js';

const KEY = Symbol('summaries');

/** The request's loader of the summaries of a session, made at first use. */
export function summaryLoader(
  context: GraphQLContext,
  read: (sessionIds: readonly string[]) => Promise<SeenSummary[]>,
): DataLoader<string, SeenSummary[]> {
  let loader = context.loaders.get(KEY) as DataLoader<string, SeenSummary[]> | undefined;
  if (!loader) {
    loader = new DataLoader<string, SeenSummary[]>(
      async (sessionIds) => {
        const found = Map.groupBy(await read(sessionIds), ({ seenIn }) => seenIn);
        return sessionIds.map((id) => found.get(id) ?? []);
      },
      { cache: false }, // a mutation may come between two reads of one request
    );
    context.loaders.set(KEY, loader);
  }
  return loader;
}
