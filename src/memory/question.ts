import { fold, isPrefix, tokensOf } from './words.js';

/** A day or month of the calendar, as milliseconds since the epoch were the clock set to UTC. */
export interface Span {
  from: number;
  to: number;
}

/** What a text asks for. */
export interface Question {
  /** Without what is excluded. */
  text: string;
  /** Its distinct words. */
  terms: string[];
  /** What stood in quotes: a text must have all of these. */
  phrases: string[][];
  /** What stood after a minus: a text must have none of these. */
  excluded: string[][];
  /** Every word as it is said: names of speakers among them. */
  words: Set<string>;
  /** The day or month it names. */
  when: Span | null;
}

const MAX_TERMS = 64;
const MAX_CHARACTERS = 2000;

const QUOTED_OR_EXCLUDED = /(^|\s)(-?)(?:["“]([^"”]+)["”]|((?<=-)[\p{L}\p{N}]\S*))/gu;

/** Reads a question that is asked at `now`. */
export function parseQuestion(text: string, now: number): Question {
  const phrases: string[][] = [];
  const excluded: string[][] = [];
  const rest = text
    .slice(0, MAX_CHARACTERS)
    .replace(QUOTED_OR_EXCLUDED, (all, space: string, minus: string, phrase?: string, word?: string) => {
      const found = termsOf(phrase ?? word ?? '');
      if (found.length === 0) return all;
      if (minus) {
        excluded.push(found);
        return space;
      }
      phrases.push(found);
      return `${space}${phrase}`;
    });
  return {
    text: rest,
    terms: [...new Set(termsOf(rest))].slice(0, MAX_TERMS),
    phrases,
    excluded,
    words: new Set(fold(rest).match(/[\p{L}\p{N}]+/gu)),
    when: spanIn(rest, now),
  };
}

/** The terms to look for. The character that ends a run of pairs is in the last pair already. */
function termsOf(text: string): string[] {
  const tokens = tokensOf(text);
  const isCovered = (index: number): boolean => {
    const { start, end } = tokens[index]!;
    const previous = tokens[index - 1];
    return previous?.end === end && previous.start < start;
  };
  return tokens.filter((_, index) => !isCovered(index)).map(({ term }) => term);
}

/** Whether a text has every phrase and nothing excluded. */
export function isAllowed(text: string, { phrases, excluded }: Question): boolean {
  if (phrases.length === 0 && excluded.length === 0) return true;
  const terms = tokensOf(text).map(({ term }) => term);
  const has = (phrase: readonly string[]): boolean =>
    terms.some((_, start) =>
      phrase.every((term, index) => matches(terms[start + index], term, phrase.length)),
    );
  return phrases.every(has) && !excluded.some(has);
}

/** A single character of a script without spaces is found at the beginning of a pair. */
function matches(found: string | undefined, term: string, phraseLength: number): boolean {
  if (found === undefined) return false;
  return found === term || (phraseLength === 1 && isPrefix(term) && found.startsWith(term));
}

const MONTH_NAMES =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|' +
  'nov(?:ember)?|dec(?:ember)?';
const DATE = new RegExp(
  `(?:\\b(?<before>\\d{1,2})(?:st|nd|rd|th)?\\s+(?:of\\s+)?)?\\b(?<month>${MONTH_NAMES})\\b\\.?` +
    `(?:\\s+(?<after>\\d{1,2})(?:st|nd|rd|th)?\\b)?(?:,?\\s+(?<year>\\d{4})\\b)?` +
    `|\\b(?<isoYear>\\d{4})-(?<isoMonth>\\d\\d)(?:-(?<isoDay>\\d\\d))?\\b`,
  'gi',
);
const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';

/** The first month or day that the text names; one without a year is the newest that is not to come. */
function spanIn(text: string, now: number): Span | null {
  for (const { groups = {} } of text.matchAll(DATE)) {
    const { before, month: name, after, year: named, isoYear, isoMonth, isoDay } = groups;
    // "may" and "march" are verbs too.
    if (name && /^(?:may|mar|march)$/.test(name) && !before && !after && !named) continue;
    const month = name ? MONTHS.indexOf(name.slice(0, 3).toLowerCase()) / 3 : Number(isoMonth) - 1;
    const day = Number((name ? (before ?? after) : isoDay) ?? 0);
    let year = Number(named ?? isoYear ?? 0);
    if (!year) {
      year = new Date(now).getUTCFullYear();
      if (Date.UTC(year, month, day || 1) > now) year -= 1;
    }
    return day
      ? { from: Date.UTC(year, month, day), to: Date.UTC(year, month, day + 1) }
      : { from: Date.UTC(year, month), to: Date.UTC(year, month + 1) };
  }
  return null;
}
