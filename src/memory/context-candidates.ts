import { ContextReason } from './context.model.js';
import { headerTokens, lineTokens, type Frame, type Quote } from './context-text.js';
import type { History } from './history.js';
import type { Candidate } from './packing.js';
import { best, type Ranking } from './ranking.js';
import type { RecallIndex } from './recall-index.js';

/** Before texts and headers are known: what stands around an utterance, and around a session. */
const LINE_ESTIMATE = 5;
const HEADER_ESTIMATE = 24;
/** How much more than fits is read, because of what the estimates leave open. */
const SURPLUS = 1.25;

/** An utterance of a position. */
export interface Placed extends Quote {
  at: number;
}

/** An utterance that may be recalled. */
export interface Recallable extends Quote, Candidate {
  why: ContextReason;
  score: number;
}

/** The positions worth reading, best first; all of them when the whole history fits. */
export function candidatesOf(
  { index }: History,
  { scores }: Ranking,
  budget: number,
  isWholeLogIn: boolean,
): number[] {
  const order = best(scores, Math.ceil(budget / (LINE_ESTIMATE + 1)));
  if (isWholeLogIn) {
    for (let position = index.size - 1; position >= 0; position--)
      if (scores[position] === 0) order.push(position);
    return order;
  }
  const fitting = order.filter((position) => index.tokens[position]! < budget);
  const sessions = new Set<number>();
  let estimate = 0;
  const end = fitting.findIndex((position) => {
    estimate +=
      estimateOf(index, [position]) - (sessions.has(index.session[position]!) ? HEADER_ESTIMATE : 0);
    sessions.add(index.session[position]!);
    return estimate > budget * SURPLUS;
  });
  return end < 0 ? fitting : fitting.slice(0, end + 1);
}

export function fitsWhole(index: RecallIndex, budget: number): boolean {
  const all = Array.from({ length: index.size }, (_, position) => position);
  return estimateOf(index, all) <= budget;
}

function estimateOf(index: RecallIndex, positions: readonly number[]): number {
  const sessions = new Set(positions.map((position) => index.session[position]));
  const lines = positions.reduce((sum, position) => sum + index.tokens[position]! + LINE_ESTIMATE, 0);
  return lines + sessions.size * HEADER_ESTIMATE;
}

/** What each quote costs as it is rendered. */
export async function priced(
  quotes: readonly Placed[],
  { index }: History,
  { scores, direct }: Ranking,
  frame: Frame,
): Promise<Recallable[]> {
  const headers = new Map<number, number>();
  const recalled: Recallable[] = [];
  for (const { at, turn, side } of quotes) {
    const group = index.session[at]!;
    let header = headers.get(group);
    if (header === undefined) headers.set(group, (header = await headerTokens(turn, frame)));
    const near = scores[at]! > 0 ? ContextReason.NEIGHBOUR : ContextReason.RECENT;
    recalled.push({
      turn,
      side,
      group,
      headerTokens: header,
      tokens: await lineTokens({ turn, side }, frame),
      why: direct[at] ? ContextReason.RELEVANT : near,
      score: scores[at]!,
    });
  }
  return recalled;
}
