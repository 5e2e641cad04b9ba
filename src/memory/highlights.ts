import type { Highlight } from './recall.model.js';
import { tokensOf } from './words.js';

const MAX_PIECES = 3;
/** Characters shown before and after a word. */
const AROUND = 60;

/** Pieces of the text around the terms, those with the most words first in case there are too many. */
export function highlightsOf(text: string, terms: ReadonlySet<string>): Highlight[] {
  const pieces: { start: number; end: number; words: { start: number; end: number }[] }[] = [];
  for (const { term, start, end } of tokensOf(text)) {
    if (!terms.has(term)) continue;
    const last = pieces.at(-1);
    if (last && start - AROUND <= last.end) {
      last.end = Math.min(text.length, end + AROUND);
      last.words.push({ start, end });
    } else {
      pieces.push({
        start: Math.max(0, start - AROUND),
        end: Math.min(text.length, end + AROUND),
        words: [{ start, end }],
      });
    }
  }
  return pieces
    .sort((one, other) => other.words.length - one.words.length)
    .slice(0, MAX_PIECES)
    .sort((one, other) => one.start - other.start)
    .map(({ start, end, words }) => pieceOf(text, start, end, words));
}

function pieceOf(
  text: string,
  start: number,
  end: number,
  words: { start: number; end: number }[],
): Highlight {
  const from = atWordStart(text, start, words[0]!.start);
  const to = atWordEnd(text, end, words.at(-1)!.end);
  return {
    text: text.slice(from, to),
    ranges: words.map((word) => ({ start: word.start - from, end: word.end - from })),
  };
}

/** The start of the first whole word from `start` on, but not beyond `limit`; never within a pair of surrogates. */
function atWordStart(text: string, start: number, limit: number): number {
  if (start === 0) return 0;
  const space = text.slice(start, limit).search(/\s\S/u);
  if (space >= 0) return start + space + 1;
  return isLowSurrogate(text, start) ? start - 1 : start;
}

function atWordEnd(text: string, end: number, limit: number): number {
  if (end === text.length) return end;
  const space = text.slice(limit, end).search(/\s\S*$/u);
  if (space >= 0) return limit + space;
  return isLowSurrogate(text, end) ? end + 1 : end;
}

function isLowSurrogate(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}
