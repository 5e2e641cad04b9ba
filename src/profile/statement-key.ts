import { createHmac } from 'node:crypto';
import { stemmer } from 'stemmer';
import { termOf, wordsOf } from '../common/sentences.js';
import { FactCategory } from './fact.model.js';

/** A fact before it is stored. */
export interface Statement {
  category: FactCategory;
  /** What follows "The user ...". */
  text: string;
  /** Of statements with one slot only the newest holds; told by the category where a pattern does not know better. */
  slot?: string | null;
}

/** Words that say how something is stated, not what. */
const FORM = new Set(
  (
    'a about also am an and are as at be been being by call called currently deeply dislike do does doesn don enjoy ' +
    'every feel fond for from generally hate has have he her him his i in into is it its know like live lot love me ' +
    'more most much my name named now of often on or other out prefer quite really s she so some t than that the their ' +
    'them there they this to too up usually user very want was were who with work you your'
  ).split(' '),
);

/** The telling words of a statement in one form and order: said otherwise, it has the same. */
export function keyOf(text: string): string {
  const terms = wordsOf(text).map(termOf);
  const telling = terms
    .filter((term) => !FORM.has(term))
    .map((term) => (/^[a-z]+$/.test(term) ? stemmer(term) : term));
  const chosen = telling.length > 0 ? telling : terms;
  return [...new Set(chosen)].sort().join(' ') || text;
}

/** What a statement fills that has room for only one. */
export function slotOf({ category, text, slot }: Statement, key: string): string | null {
  if (slot !== undefined) return slot;
  switch (category) {
    case FactCategory.OCCUPATION:
      return /^works? (?:at|for) /i.test(text) ? 'employer' : 'occupation';
    case FactCategory.LOCATION:
      return /^(?:is from|comes from|grew up|was born|used to|visited|has lived)\b/i.test(text)
        ? null
        : 'location';
    case FactCategory.INTEREST:
    case FactCategory.PREFERENCE:
    case FactCategory.DISLIKE:
      return `taste ${key}`; // one does not like and dislike the same
    default:
      return null;
  }
}

/** What a statement is known again by, without a word of it: keyed digests of its telling words. */
export function digestsOf(key: string, secret: Buffer): string[] {
  return key.split(' ').map((term) => createHmac('sha256', secret).update(term).digest('hex').slice(0, 24));
}
