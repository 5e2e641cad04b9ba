import type { Near } from '../embeddings/embeddings.service.js';
import type { Log } from './log.js';
import { best, type Ranking } from './ranking.js';

/** How much the first ranks count against the following: the constant that Cormack, Clarke and Büttcher (2009) found. */
const K = 60;

interface FusedRanking extends Ranking {
  /** By position: 1 where it is among the nearest in meaning. */
  near: Uint8Array;
}

/**
 * One ranking of what words find and what is near in meaning, by reciprocal rank fusion (Cormack, Clarke and Büttcher
 * 2009): only the ranks count, since the scores of the two have nothing in common. What is first in both has a score of 1.
 * Without anything near (null) the ranking by words stays as it is.
 */
export function fuse(ranking: Ranking, log: Log, nearest: readonly Near[] | null): FusedRanking {
  const near = new Uint8Array(log.size);
  if (nearest === null) return { ...ranking, near };
  const scores = new Float64Array(log.size);
  const direct = Uint8Array.from(ranking.direct);
  for (const [rank, position] of best(ranking.scores, log.size).entries()) scores[position] = share(rank);
  const ranks = new Map(nearest.map((utterance, rank) => [keyOf(utterance.sequence, utterance.side), rank]));
  for (let position = 0; position < log.size; position++) {
    const rank = ranks.get(keyOf(log.sequence[position]!, log.side[position]!));
    if (rank === undefined) continue;
    scores[position]! += share(rank);
    near[position] = direct[position] = 1;
  }
  return { scores, direct, near };
}

function share(rank: number): number {
  return (K + 1) / (K + 1 + rank) / 2;
}

function keyOf(sequence: number, side: number): number {
  return sequence * 2 + side;
}
