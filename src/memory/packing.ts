import type { ContextRequest } from './context.input.js';

/** Something that may go into a context, with what it costs in tokens. */
export interface Candidate {
  tokens: number;
  /** Candidates of one group share a header, which the first of them pays. */
  group: number;
  headerTokens: number;
}

/** A candidate that stands for what may be in verbatim. */
export interface Stand extends Candidate {
  /** With so many of the newest it says nothing that they do not. */
  coveredBy: number;
}

export interface Material {
  /** Best first, as are the others. */
  facts: readonly Candidate[];
  summaries: readonly Stand[];
  recalled: readonly Candidate[];
  /** What each of the newest costs, newest first. */
  recent: readonly number[];
  /** For each of the newest the recalled candidates that are the same: these never stand twice. */
  twins: readonly (readonly number[])[];
}

interface Packing {
  /** Chosen indexes of each list. */
  facts: Set<number>;
  summaries: Set<number>;
  recalled: Set<number>;
  /** How many of the newest. */
  recent: number;
}

/**
 * Fills a budget. The newest turns take their share first, without a gap, then facts and summaries theirs; all the rest
 * goes to what is relevant, best first, each that still fits; what that leaves goes to more of the newest, and at last to
 * more summaries and facts.
 */
export function pack(
  budget: number,
  shares: Shares,
  { facts, summaries, recalled, recent, twins }: Material,
): Packing {
  let newest = newestWithin(recent, 0, Math.floor(budget * shares.recent));
  for (;;) {
    const selection = new Selection(budget - sum(recent.slice(0, newest)));
    const covered = new Set(
      summaries.flatMap(({ coveredBy }, index) => (coveredBy <= newest ? [index] : [])),
    );
    const known = selection.take(facts, new Set(), Math.floor(budget * shares.facts));
    const told = selection.take(summaries, covered, Math.floor(budget * shares.summaries));
    const chosen = selection.take(recalled, new Set(twins.slice(0, newest).flat()));
    const more = newestWithin(recent, newest, selection.left);
    if (more === newest) {
      const moreTold = selection.take(summaries, told.union(covered));
      const moreKnown = selection.take(facts, known);
      return {
        facts: known.union(moreKnown),
        summaries: told.union(moreTold),
        recalled: chosen,
        recent: newest,
      };
    }
    // Those may be among the chosen: what they took there is free again.
    newest = more;
  }
}

/** What is taken from a budget, candidate by candidate. */
class Selection {
  private readonly groups = new Set<number>();

  constructor(public left: number) {}

  /** The indexes of those that fit, the first before the others, within `limit`. */
  take(candidates: readonly Candidate[], excluded: ReadonlySet<number>, limit = Infinity): Set<number> {
    const taken = new Set<number>();
    let room = Math.min(limit, this.left);
    for (const [index, { tokens, group, headerTokens }] of candidates.entries()) {
      const cost = tokens + (this.groups.has(group) ? 0 : headerTokens);
      if (excluded.has(index) || cost > room) continue;
      taken.add(index);
      this.groups.add(group);
      room -= cost;
      this.left -= cost;
    }
    return taken;
  }
}

/** How many of the newest fit, counted from the first `taken`. */
function newestWithin(recent: readonly number[], taken: number, budget: number): number {
  let count = taken;
  for (let left = budget; count < recent.length && recent[count]! <= left; count++) left -= recent[count]!;
  return count;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export interface Shares {
  facts: number;
  summaries: number;
  recent: number;
}

/** What newest turns, facts and summaries may take before the rest has had its share; all the others leave is its. */
export function sharesOf(
  { profile, summaries, recalled, recent }: ContextRequest['split'],
  isWholeLogIn: boolean,
): Shares {
  const sum = profile + summaries + recalled + recent || 1;
  return {
    facts: isWholeLogIn ? 0 : profile / sum,
    summaries: summaries / sum,
    recent: recent / sum,
  };
}
