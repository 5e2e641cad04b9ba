/** Something that may go into a context, with what it costs in tokens. */
export interface Candidate {
  tokens: number;
  /** Candidates of one group share a header, which the first of them pays. */
  group: number;
  headerTokens: number;
}

export interface Packing {
  /** Chosen indexes of each list. */
  recalled: Set<number>;
  /** How many of the newest. */
  recent: number;
}

/**
 * Fills a budget. The newest turns take their share first, without a gap; all the rest goes to what is relevant, best
 * first, each that still fits; what that leaves goes to more of the newest. `twin` tells which recalled candidates are
 * the same as a recent one: these never stand twice.
 */
export function pack(
  budget: number,
  recentShare: number,
  recalled: readonly Candidate[],
  recent: readonly number[],
  twins: readonly (readonly number[])[],
): Packing {
  let newest = newestWithin(recent, 0, Math.floor(budget * recentShare));
  for (;;) {
    const left = budget - sum(recent.slice(0, newest));
    const excluded = new Set(twins.slice(0, newest).flat());
    const { chosen, tokens } = bestWithin(recalled, excluded, left);
    const more = newestWithin(recent, newest, left - tokens);
    if (more === newest) return { recalled: chosen, recent: newest };
    // Those may be among the chosen: what they took there is free again.
    newest = more;
  }
}

/** How many of the newest fit, counted from the first `taken`. */
function newestWithin(recent: readonly number[], taken: number, budget: number): number {
  let count = taken;
  for (let left = budget; count < recent.length && recent[count]! <= left; count++) left -= recent[count]!;
  return count;
}

function bestWithin(candidates: readonly Candidate[], excluded: ReadonlySet<number>, budget: number) {
  const chosen = new Set<number>();
  const groups = new Set<number>();
  let tokens = 0;
  for (const [index, candidate] of candidates.entries()) {
    if (excluded.has(index)) continue;
    const cost = candidate.tokens + (groups.has(candidate.group) ? 0 : candidate.headerTokens);
    if (tokens + cost > budget) continue;
    chosen.add(index);
    groups.add(candidate.group);
    tokens += cost;
  }
  return { chosen, tokens };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
