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
  const { size } = index;
  const scores = new Float64Array(size);
  const direct = new Uint8Array(size);
  const near = new Float64Array(size);
  const carried = new Float64Array(index.sessionIds.length);
  const mean = meanLength(index);
  for (const term of question.terms) {
    const list = index.postings.get(term);
    if (!list) continue;
    near.fill(0);
    for (let entry = 0; entry < list.length; entry += 2) {
      const position = list[entry]!;
      const count = list[entry + 1]!;
      direct[position] = 1;
      near[position] = (count * (K1 + 1)) / (count + K1 * (1 - B + (B * index.length[position]!) / mean));
    }
    spread(near, carried, index, idf(list.length / 2, size), scores);
  }
  preferSpeaker(question, index, scores);
  if (question.when) addDate(inZone(question.when, timeZone), index, scores, direct);
  return { scores, direct };
}

function meanLength({ size, length }: RecallIndex): number {
  let words = 0;
  for (let position = 0; position < size; position++) words += length[position]!;
  return Math.max(1, words / Math.max(1, size));
}

function idf(having: number, size: number): number {
  return Math.log(1 + (size - having + 0.5) / (having + 0.5));
}

/** Adds the fading maximum, both ways within each session, to the scores. Sessions may run in parallel. */
function spread(
  near: Float64Array,
  carried: Float64Array,
  { size, session }: RecallIndex,
  weight: number,
  scores: Float64Array,
): void {
  carried.fill(0);
  for (let position = 0; position < size; position++) {
    const of = session[position]!;
    const value = Math.max(near[position]!, carried[of]! * FADE);
    carried[of] = near[position] = value;
  }
  carried.fill(0);
  for (let position = size - 1; position >= 0; position--) {
    const of = session[position]!;
    const value = Math.max(near[position]!, carried[of]! * FADE);
    carried[of] = value;
    scores[position]! += weight * value;
  }
}

function preferSpeaker({ words }: Question, index: RecallIndex, scores: Float64Array): void {
  const named = index.speakersNamed(words);
  if (named.length !== 1) return;
  for (let position = 0; position < index.size; position++) {
    if (index.speaker[position] === named[0]) scores[position]! *= 1 + SPEAKER_GAIN;
  }
}

function inZone({ from, to }: Span, timeZone: string): Span {
  return { from: from - offsetOf(from, timeZone), to: to - offsetOf(to, timeZone) };
}

/** A date is one more term, which the utterances of that time have. */
function addDate(
  { from, to }: Span,
  { size, at }: RecallIndex,
  scores: Float64Array,
  direct: Uint8Array,
): void {
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
  // Sorting numbers is native: it finds the least score that counts faster than comparing positions would.
  const sorted = Float64Array.from(scores).sort();
  const least = Math.max(sorted[Math.max(0, sorted.length - count)] ?? 0, Number.MIN_VALUE);
  const positions: number[] = [];
  for (let position = 0; position < scores.length; position++) {
    if (scores[position]! >= least) positions.push(position);
  }
  return positions.sort((one, other) => scores[other]! - scores[one]! || other - one).slice(0, count);
}

/** Of each session that has any, up to so many of its best positions. */
const POSITIONS_KEPT = 10;

/**
 * The sessions by their best positions. What is said again counts less each time, so that a session that often comes
 * near does not push out the one that says it.
 */
export function bestSessions(
  scores: Float64Array,
  { session, size }: RecallIndex,
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
