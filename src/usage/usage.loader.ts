import DataLoader from 'dataloader';
import type { GraphQLContext } from '../graphql/context.js';
import type { TokenUsage } from './usage.model.js';

const KEY = Symbol('usage');
const NONE: TokenUsage = { promptTokens: 0, answerTokens: 0, calls: 0 };

/** The request's loader of what interactions took. */
export function usageLoader(
  context: GraphQLContext,
  read: (ids: readonly string[]) => Promise<(TokenUsage & { interactionId: string })[]>,
): DataLoader<string, TokenUsage> {
  let loader = context.loaders.get(KEY) as DataLoader<string, TokenUsage> | undefined;
  if (!loader) {
    const options = { cache: false };
    loader = new DataLoader<string, TokenUsage>(async (ids) => {
      const found = new Map((await read([...new Set(ids)])).map((usage) => [usage.interactionId, usage]));
      return ids.map((id) => found.get(id) ?? NONE);
    }, options);
    context.loaders.set(KEY, loader);
  }
  return loader;
}
