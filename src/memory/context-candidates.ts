import { ContextReason } from './context.model.js';
import { headerTokens, lineTokens, type Frame, type Quote } from './context-text.js';
import type { History } from './history.js';
import type { Log } from './log.js';
import type { Candidate } from './packing.js';
import { best, type Ranking } from './ranking.js';

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
export function candidatesOf(log: Log, { scores }: Ranking, budget: number, isWholeLogIn: boolean): number[] {
  const order = best(scores, Math.ceil(budget / (LINE_ESTIMATE + 1)));
  if (isWholeLogIn) {
    for (let position = log.size - 1; position >= 0; position--)
      if (scores[position] === 0) order.push(position);
    return order;
  }
  const fitting = order.filter((position) => log.tokens[position]! < budget);
  const sessions = new Set<number>();
  let estimate = 0;
  const end = fitting.findIndex((position) => {
    const session = log.session[position]!;
    estimate += log.tokens[position]! + LINE_ESTIMATE + (sessions.has(session) ? 0 : HEADER_ESTIMATE);
    sessions.add(session);
    return estimate > budget * SURPLUS;
  });
  return end < 0 ? fitting : fitting.slice(0, end + 1);
}

export function fitsWhole({ allTokens, size, sessions }: Log, budget: number): boolean {
  return allTokens + size * LINE_ESTIMATE + sessions * HEADER_ESTIMATE <= budget;
}

/** What each quote costs as it is rendered. */
export async function priced(
  quotes: readonly Placed[],
  { index: { log } }: History,
  { scores, direct }: Ranking,
  frame: Frame,
): Promise<Recallable[]> {
  const headers = new Map<number, number>();
  const recalled: Recallable[] = [];
  for (const { at, turn, side } of quotes) {
    const group = log.session[at]!;
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
