import { headerTokens, type Frame } from './context-text.js';
import type { History } from './history.js';
import type { Log } from './log.js';
import type { Turn } from './memory.repository.js';
import type { Stand } from './packing.js';
import { best } from './ranking.js';
import type { RecalledSummary } from './recalled-summaries.repository.js';

/** A summary that a context may have. */
export type SummaryCandidate = RecalledSummary & Stand & { score: number };

/** How many of the best hits, and of the sessions these are in, are looked at for summaries. */
const MOST_HITS = 64;
const MOST_SESSIONS = 8;

/** The sessions whose summaries may help: the one that is asked in, and those with the best hits. */
export function sessionsToSumUp(
  log: Log,
  scores: Float64Array,
  sessionId: string | null,
  slack = 1,
): string[] {
  const hits = best(scores, Math.ceil(MOST_HITS * slack)).map(
    (position) => log.sessionIds[log.session[position]!]!,
  );
  const sessions = new Set(sessionId === null ? hits : [sessionId, ...hits]);
  return [...sessions].slice(0, Math.ceil(MOST_SESSIONS * slack));
}

interface Available {
  summaries: readonly RecalledSummary[];
  recent: readonly Turn[];
  scores: Float64Array;
  /** The session that is asked in. */
  sessionId: string | null;
  isWholeLogIn: boolean;
}

/**
 * Summaries that say more than what is in verbatim: those of the own session first, then by the best hit in what they
 * cover. With the whole log in, only those of what was cleared.
 */
export async function summaryCandidates(
  { summaries, recent, scores, sessionId, isWholeLogIn }: Available,
  { index: { log } }: History,
  frame: Frame,
): Promise<SummaryCandidate[]> {
  if (summaries.length === 0) return [];
  const groups = new Map(log.sessionIds.map((id, number) => [id, number]));
  const candidates: SummaryCandidate[] = [];
  for (const summary of summaries) {
    const covered = positionsOf(summary, log, groups.get(summary.seenIn));
    if (summary.text === '' || (isWholeLogIn && covered.length > 0)) continue;
    if (!groups.has(summary.seenIn)) groups.set(summary.seenIn, groups.size);
    candidates.push({
      ...summary,
      score: covered.reduce((most, position) => Math.max(most, scores[position]!), 0),
      tokens: summary.tokens,
      group: groups.get(summary.seenIn)!,
      headerTokens: await headerTokens(summary, frame),
      coveredBy: coveredBy(summary, recent, sessionId),
    });
  }
  const isOther = (summary: SummaryCandidate): number => Number(summary.seenIn !== sessionId);
  return candidates.sort(
    (one, other) =>
      isOther(one) - isOther(other) || other.score - one.score || other.fromSequence - one.fromSequence,
  );
}

function positionsOf(
  { fromSequence, toSequence }: RecalledSummary,
  { size, sequence, session }: Log,
  number: number | undefined,
): number[] {
  const positions: number[] = [];
  for (let at = firstFrom(sequence, fromSequence); at < size && sequence[at]! <= toSequence; at++) {
    if (session[at] === number) positions.push(at);
  }
  return positions;
}

function firstFrom(sequences: Float64Array, from: number): number {
  let low = 0;
  let high = sequences.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sequences[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the newest turns hold all that a summary covers. */
function coveredBy(
  { seenIn, fromSequence }: RecalledSummary,
  recent: readonly Turn[],
  of: string | null,
): number {
  if (of !== null && of !== seenIn) return Infinity;
  const first = recent.findIndex(({ sequence }) => sequence <= fromSequence);
  return first < 0 ? Infinity : first + 1;
}
