import { factsHeaderTokens, factTokens } from './context-text.js';
import type { KnownFact } from './memory.repository.js';
import type { Candidate } from './packing.js';
import type { Question } from './question.js';
import { tokensOf } from './words.js';

/** A fact that a context may have. */
export type FactCandidate = KnownFact & Candidate;

/** The group of the facts, which sessions' numbers never are. */
const GROUP = -1;

/** Facts in the order in which they help: pinned ones, those with words of the question, the surest. */
export async function factCandidates(
  facts: readonly KnownFact[],
  { terms }: Question,
): Promise<FactCandidate[]> {
  if (facts.length === 0) return [];
  const asked = new Set(terms);
  const headerTokens = await factsHeaderTokens();
  const ranked: [rank: number, FactCandidate][] = [];
  for (const fact of facts) {
    const answers = tokensOf(fact.text).some(({ term }) => asked.has(term));
    const candidate = { ...fact, tokens: await factTokens(fact), group: GROUP, headerTokens };
    ranked.push([fact.pinned ? 0 : answers ? 1 : 2, candidate]);
  }
  return ranked.sort(([one], [other]) => one - other).map(([, candidate]) => candidate);
}
