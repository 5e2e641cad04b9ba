import type { Side } from './block.js';
import type { ContextRequest } from './context.input.js';
import { ContextReason } from './context.model.js';

/** A side of an interaction, by its place in the log, and why it was in a context. */
export interface Reference {
  sequence: number;
  side: Side;
  why: ContextReason;
  score: number;
}

type Arguments = Omit<ContextRequest, 'query'>;

/** What a context was made of: enough to make it again while nothing of it is deleted. */
export interface Receipt {
  /** Milliseconds since the epoch. */
  at: number;
  mark: string;
  arguments: Arguments;
  /** Ids, in the order in which they stood. */
  facts: string[];
  summaries: { id: string; score: number }[];
  recalled: Reference[];
  /** Interactions given as messages. */
  recent: number[];
  /** The interaction whose system note was the first message. */
  note: number | null;
}

const VERSION = 1;
const LETTERS: Partial<Record<ContextReason, string>> = {
  [ContextReason.RELEVANT]: 'r',
  [ContextReason.NEIGHBOUR]: 'n',
  [ContextReason.RECENT]: 'h',
};
const REASONS = new Map(Object.entries(LETTERS).map(([why, letter]) => [letter, why as ContextReason]));
const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const SIDES = 'qa';
const SCORE_STEPS = 100;

/**
 * The receipt as it is stored: "120qr831" is the question of the interaction at place 120 of the log, which was relevant
 * with a score of 8.31. Five thousand references take 50 kB so, where ids would not fit.
 */
export function writeReceipt({
  at,
  mark,
  arguments: args,
  facts,
  summaries,
  recalled,
  recent,
  note,
}: Receipt): Record<string, unknown> {
  const references = recalled.map(
    ({ sequence, side, why, score }) =>
      `${sequence}${SIDES[side]}${LETTERS[why]}${Math.round(score * SCORE_STEPS)}`,
  );
  return {
    version: VERSION,
    at: new Date(at).toISOString(),
    mark,
    arguments: args,
    facts: facts.join(' '),
    summaries: summaries.map(({ id, score }) => `${id}s${Math.round(score * SCORE_STEPS)}`).join(' '),
    recalled: references.join(' '),
    recent: recent.join(' '),
    ...(note !== null && { note }),
  };
}

/**
 * Null for a `contextUsed` that is not a receipt: clients may store what they like there. An imported one refers to
 * places in another log.
 */
export function readReceipt(stored: Record<string, unknown> | null): Receipt | null {
  if (stored?.version !== VERSION || stored.imported === true) return null;
  const { at, mark, arguments: args, facts = '', summaries = '', recalled, recent, note } = stored;
  /** How far the log has moved since. */
  const moved = typeof stored.moved === 'number' ? stored.moved : 0;
  if (typeof recalled !== 'string' || typeof recent !== 'string' || typeof at !== 'string') return null;
  if (typeof facts !== 'string' || typeof summaries !== 'string') return null;
  if (typeof mark !== 'string' || !/^\d{12}$/.test(mark) || Number.isNaN(Date.parse(at))) return null;
  return {
    at: Date.parse(at),
    mark,
    arguments: (args ?? {}) as Arguments,
    facts: facts.match(new RegExp(ID, 'g')) ?? [],
    summaries: [...summaries.matchAll(new RegExp(`(${ID})s(\\d{1,9})`, 'g'))].map(([, id, score]) => ({
      id: id!,
      score: Number(score) / SCORE_STEPS,
    })),
    recalled: [...recalled.matchAll(/(\d{1,15})([qa])([rnh])(\d{1,9})/g)].map(
      ([, sequence, side, letter, score]) => ({
        sequence: Number(sequence) + moved,
        side: SIDES.indexOf(side!) as Side,
        why: REASONS.get(letter!)!,
        score: Number(score) / SCORE_STEPS,
      }),
    ),
    recent: [...recent.matchAll(/\d{1,15}/g)].map(([sequence]) => Number(sequence) + moved),
    note: typeof note === 'number' ? note + moved : null,
  };
}
