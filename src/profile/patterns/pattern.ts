import type { FactCategory } from '../fact.model.js';
import type { Statement } from '../statement-key.js';

/** A statement and how certain its wording makes it. */
export type Found = Statement & { certainty: number };

/** A form of statement, matched at the start of a clause of the user's own, and what it says of the user. */
export interface Pattern {
  form: RegExp;
  found: (...groups: string[]) => Found[];
}

export const ADVERBS = String.raw`(?:(?:really|absolutely|also|just|still|truly|do|totally|simply|always|especially|particularly|currently|recently|finally|actually|even|so|only|already|both|very much|now) )*`;
/** How clauses with "I" begin. */
export const I = String.raw`^i ${ADVERBS}`;
export const I_AM = String.raw`^i(?:'m| am) ${ADVERBS}`;

/** Nothing more comes that would tell of something else: "I finished the race", not "the race condition". */
export const THEN_AN_END = String.raw`(?=$|[.,!;)]| (?:last|this|next|yesterday|today|on|at|in(?! (?:the|a|my|this) )|after|before|when|with|and|but|so|because|since|for|again|now|recently|finally|too|as|by|from|together)\b)`;

/** With its article. */
export function one(what: string): string {
  return `${/^(?:[aeio]|u(?!ni|se|ro|k))/i.test(what) ? 'an' : 'a'} ${what}`;
}

export function fact(category: FactCategory, text: string, certainty: number, slot?: string | null): Found[] {
  const sentence = text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
  return [{ category, text: sentence, certainty, ...(slot !== undefined && { slot }) }];
}

/** The fact about an object, if the object says something. */
export function about(object: string | null, make: (object: string) => Found[]): Found[] {
  return object === null ? [] : make(object);
}
