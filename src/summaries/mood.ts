import { termOf, wordsOf } from '../common/sentences.js';

const set = (words: string): Set<string> => new Set(words.split(' ').map(termOf));

const GLAD = set(
  'amazing awesome brilliant cool delighted excellent excited fantastic glad good grateful great happy hopeful ' +
    'love loved lovely nice perfect pleased proud relieved thanks thank wonderful yay 😀 😊 😍 🎉 👍',
);
const SAD = set(
  'afraid angry annoyed annoying anxious awful bad broken confused depressed disappointed exhausted fail failed ' +
    'frustrated frustrating hate horrible hurt lonely lost overwhelmed sad scared sick sorry stressed stuck ' +
    'terrible tired unhappy upset useless worried worse worst wrong 😞 😢 😠 😡 👎',
);
const DENIAL = set('not never no cannot without isn’t wasn’t don’t didn’t isn wasn don didn');

/** How what a person said sounds: positive, negative, mixed or neutral. English words; other languages are neutral. */
export function moodOf(sentences: readonly string[]): string {
  let glad = 0;
  let sad = 0;
  for (const sentence of sentences) {
    const emoji = sentence.match(/\p{Extended_Pictographic}/gu) ?? [];
    const terms = [...wordsOf(sentence), ...emoji].map(termOf);
    for (const [index, term] of terms.entries()) {
      const denied = DENIAL.has(terms[index - 1] ?? '') || DENIAL.has(terms[index - 2] ?? '');
      if (GLAD.has(term)) {
        if (denied) sad += 1;
        else glad += 1;
      }
      if (SAD.has(term) && !denied) sad += 1;
    }
  }
  if (glad === 0 && sad === 0) return 'neutral';
  if (glad >= 2 * sad) return 'positive';
  return sad >= 2 * glad ? 'negative' : 'mixed';
}
