import { isCommon } from '../common/common-words.js';
import { clipped, sentencesOf, termOf, wordsOf } from '../common/sentences.js';

/** A turn as titles are made of. */
export interface Exchange {
  question: string | null;
  answer: string | null;
}

const MAX_TITLE = 60;

/** How people lead to what they ask for: a title begins with that. */
const LEAD_IN =
  /^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|please|so|well|ok(?:ay)?|and|but)\b[\s,!.:-]*(?:(?:there|all|everyone)\b[\s,!.:-]*)?)*(?:(?:can|could|would|will) you (?:please )?(?:(?:tell|show|give|help) me (?:to |with )?|explain (?:to me )?)?|i(?:'d|’d| would) like to (?:know |ask (?:you )?(?:about )?)?|i (?:want|need) to know |do you know |(?:tell|show) me (?:about )?)?/i;

/** The first thing that was asked or said in so many words; null when nothing was. */
export function extractiveTitle(exchanges: readonly Exchange[]): string | null {
  const said = [
    ...exchanges.flatMap(({ question }) => sentencesOf(question ?? '')),
    ...exchanges.flatMap(({ answer }) => sentencesOf(answer ?? '')),
  ];
  const chosen = said.find((sentence) => tellingWords(sentence) >= 2) ?? said.find(tellingWords) ?? said[0];
  return chosen === undefined ? null : asTitle(chosen);
}

function tellingWords(sentence: string): number {
  return wordsOf(sentence).filter((word) => !isCommon(termOf(word))).length;
}

function asTitle(sentence: string): string {
  const asked = sentence.replace(LEAD_IN, '');
  const kept = tellingWords(asked) > 0 ? asked : sentence;
  const plain = kept.replace(/[\s.?!…,:;。？！]+$/u, '') || sentence;
  const [first = ''] = plain;
  return clipped(first.toUpperCase() + plain.slice(first.length), MAX_TITLE);
}
