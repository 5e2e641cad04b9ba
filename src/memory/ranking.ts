import type { Log } from './log.js';
import type { PostingList } from './postings.js';
import type { Question, Span } from './question.js';
import type { RecallIndex } from './recall-index.js';
import { offsetOf } from './times.js';

// BM25 with its textbook constants (Robertson & Zaragoza 2009), and Lucene's idf, which is never negative.
const K1 = 1.2;
const B = 0.75;
/** What is left of a term's weight one utterance further in the same session. */
const FADE = 0.75;
/** What the utterances of the one speaker whom the question names gain. */
const SPEAKER_GAIN = 0.3;

export interface Ranking {
  /** By position; 0 for what has nothing to do with the question. */
  scores: Float64Array;
  /** By position: 1 where a term of the question stands in the utterance itself. */
  direct: Uint8Array;
}

/**
 * Scores every utterance. Each takes each term of the question from the nearest utterance of its session that has it:
 * the fading maximum, of the family of positional language models (Lv & Zhai 2009). It is worth what its surroundings
 * jointly say about the different words of the question; sums let one repeated common word win. What each part is
 * worth stands in bench/LOCOMO.md. A date in the question is one of the user's time zone.
 */
export function rank(question: Question, index: RecallIndex, timeZone: string): Ranking {
  const { log } = index;
  const { size } = log;
  const scores = new Float64Array(size);
  const direct = new Uint8Array(size);
  const near = new Float64Array(size);
  for (const term of question.terms) {
    const list = index.postings.get(term);
    if (!list) continue;
    for (let entry = 0; entry < list.size; entry++) {
      const position = list.positions[entry]!;
      const count = list.counts[entry]!;
      direct[position] = 1;
      near[position] =
        (count * (K1 + 1)) / (count + K1 * (1 - B + (B * log.length[position]!) / log.meanLength));
    }
    spread(near, list, log, idf(list.size, size), scores);
  }
  preferSpeaker(question, index, scores);
  if (question.when) addDate(inZone(question.when, timeZone), log, scores, direct);
  return { scores, direct };
}

function idf(having: number, size: number): number {
  return Math.log(1 + (size - having + 0.5) / (having + 0.5));
}

/**
 * Adds the fading maximum, both ways within each session, to the scores. Sessions may run in parallel. `near` has what
 * is said in each utterance itself, and is 0 again afterwards.
 */
function spread(
  near: Float64Array,
  { positions, size }: PostingList,
  { session, sessionIds, turnings }: Log,
  weight: number,
  scores: Float64Array,
): void {
  const carried = new Float64Array(sessionIds.length);
  const runs = turnings.length - 1;
  const isReached = new Uint8Array(runs);
  for (let run = 0, entry = 0; run < runs; run++) {
    const end = turnings[run + 1]!;
    const of = session[turnings[run]!]!;
    let value = carried[of]!;
    if (value === 0 && (entry === size || positions[entry]! >= end)) continue;
    for (let position = turnings[run]!; position < end; position++) {
      value = near[position] = Math.max(near[position]!, value * FADE);
    }
    while (entry < size && positions[entry]! < end) entry++;
    carried[of] = value;
    isReached[run] = 1;
  }
  carried.fill(0);
  for (let run = runs - 1; run >= 0; run--) {
    const start = turnings[run]!;
    const of = session[start]!;
    let value = carried[of]!;
    if (value === 0 && !isReached[run]) continue;
    for (let position = turnings[run + 1]! - 1; position >= start; position--) {
      value = Math.max(near[position]!, value * FADE);
      scores[position]! += weight * value;
      near[position] = 0;
    }
    carried[of] = value;
  }
}

function preferSpeaker({ words }: Question, index: RecallIndex, scores: Float64Array): void {
  const { size, speaker } = index.log;
  for (const named of index.speakersNamed(words)) {
    for (let position = 0; position < size; position++) {
      if (speaker[position] === named) scores[position]! *= 1 + SPEAKER_GAIN;
    }
  }
}

function inZone({ from, to }: Span, timeZone: string): Span {
  return { from: from - offsetOf(from, timeZone), to: to - offsetOf(to, timeZone) };
}

/** A date is one more term, which the utterances of that time have. */
function addDate({ from, to }: Span, { size, at }: Log, scores: Float64Array, direct: Uint8Array): void {
  const isThen = (position: number): boolean => at[position]! >= from && at[position]! < to;
  let then = 0;
  for (let position = 0; position < size; position++) if (isThen(position)) then++;
  const weight = idf(then, size);
  for (let position = 0; position < size; position++) {
    if (!isThen(position)) continue;
    scores[position]! += weight;
    direct[position] = 1;
  }
}

/** The positions with the highest scores above 0, best first; of equals the newer. */
export function best(scores: Float64Array, count: number): number[] {
  const least = leastOfBest(scores, count);
  const positions: number[] = [];
  for (let position = 0; position < scores.length; position++) {
    if (scores[position]! >= least) positions.push(position);
  }
  return positions.sort((one, other) => scores[other]! - scores[one]! || other - one).slice(0, count);
}

const BUCKETS = 1024;

/** A score that so many reach, and few more: sorting all scores takes ten times as long as counting them. */
function leastOfBest(scores: Float64Array, count: number): number {
  let highest = 0;
  for (let position = 0; position < scores.length; position++) {
    if (scores[position]! > highest) highest = scores[position]!;
  }
  const reached = new Uint32Array(BUCKETS + 1);
  const scale = BUCKETS / highest;
  for (let position = 0; position < scores.length; position++) {
    if (scores[position]! > 0) reached[Math.floor(scores[position]! * scale)]!++;
  }
  let found = 0;
  for (let bucket = BUCKETS; bucket > 0; bucket--) {
    found += reached[bucket]!;
    // A little less, because of what rounding may take off.
    if (found >= count) return (bucket - 0.5) / scale;
  }
  return Number.MIN_VALUE;
}

/** Of each session that has any, up to so many of its best positions. */
const POSITIONS_KEPT = 10;

/**
 * The sessions by their best positions. What is said again counts less each time, so that a session that often comes
 * near does not push out the one that says it.
 */
export function bestSessions(
  scores: Float64Array,
  { session, size }: Log,
): { session: number; positions: number[]; score: number }[] {
  const found = new Map<number, { session: number; positions: number[]; score: number }>();
  for (const position of best(scores, size)) {
    const of = session[position]!;
    if (!found.has(of)) found.set(of, { session: of, positions: [], score: 0 });
    const { positions } = found.get(of)!;
    if (positions.length < POSITIONS_KEPT) positions.push(position);
  }
  const groups = [...found.values()];
  for (const group of groups) {
    const worth = group.positions.slice(0, 3).map((position, rank) => scores[position]! / 2 ** rank);
    group.score = worth.reduce((sum, one) => sum + one, 0);
  }
  return groups.sort((one, other) => other.score - one.score || other.positions[0]! - one.positions[0]!);
}
