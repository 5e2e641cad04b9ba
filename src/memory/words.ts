import { stemmer } from 'stemmer';

/** One word of a text as the index knows it, and where the text has it. */
export interface Token {
  term: string;
  start: number;
  end: number;
}

/** What of a text is indexed: with longer ones (a pasted book) reading the newest turns would take seconds. */
export const INDEXED_CHARACTERS = 32_768;

/** The closed class of English, and nothing else: words that tell no turn from another. */
const STOPWORDS = new Set(
  `i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it
  its itself they them their theirs themselves what which who whom this that these those am is are was were be been
  being have has had having do does did doing a an the and but if or because as until while of at by for with about
  against between into through during before after above below to from up down in out on off over under again further
  then once here there when where why how all any both each few more most other some such no nor not only own same so
  than too very s t can will just don should now d ll m re ve`.split(/\s+/),
);

const UNSPACED_SCRIPTS =
  '\\p{Script=Han}\\p{Script=Hangul}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}' +
  '\\p{Script=Khmer}\\p{Script=Myanmar}';
const WORD = new RegExp(`[${UNSPACED_SCRIPTS}ー]+|[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}]*`, 'gu');
const UNSPACED = new RegExp(`[${UNSPACED_SCRIPTS}]`, 'u');
const FIRST_UNSPACED = 0x0e00;

const LONGEST_WORD = 64;
const REMEMBERED_WORDS = 50_000;

/**
 * Without case and accents. Only Latin, Greek and Cyrillic accents: other marks are vowels (Thai) or make another letter
 * (Japanese voicing).
 */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase();
}

const remembered = new Map<string, string>();

/** The term of a word; '' for a stopword. Remembered, because most words come again. */
function termOf(word: string): string {
  let term = remembered.get(word);
  if (term === undefined) {
    const folded = fold(word);
    if (STOPWORDS.has(folded) || word.length > LONGEST_WORD) term = '';
    else term = /^[a-z]+$/.test(folded) ? stemmer(folded) : folded;
    if (remembered.size >= REMEMBERED_WORDS) remembered.clear();
    remembered.set(word, term);
  }
  return term;
}

/**
 * The words of a text. A script without spaces gives overlapping pairs of characters, and the last character alone, so
 * that every character begins a term.
 */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(WORD)) {
    const [word] = match;
    if (word.charCodeAt(0) >= FIRST_UNSPACED && UNSPACED.test(word)) addPairs(word, match.index, tokens);
    else {
      const term = termOf(word);
      if (term) tokens.push({ term, start: match.index, end: match.index + word.length });
    }
  }
  return tokens;
}

function addPairs(run: string, at: number, tokens: Token[]): void {
  const characters = [...run];
  let start = at;
  for (const [index, character] of characters.entries()) {
    const pair = character + (characters[index + 1] ?? '');
    tokens.push({ term: fold(pair), start, end: start + pair.length });
    start += character.length;
  }
}

/** Whether the term is a single character of a script without spaces, which stands for every pair it begins. */
export function isPrefix(term: string): boolean {
  return term.length <= 2 && [...term].length === 1 && UNSPACED.test(term);
}

/** Whether one edit (a letter more, less, another one, or two neighbours swapped) makes `one` into `other`. */
export function isOneEdit(one: string, other: string): boolean {
  if (one.length > other.length) return isOneEdit(other, one);
  if (other.length - one.length > 1) return false;
  let same = 0;
  while (same < one.length && one[same] === other[same]) same++;
  if (one.length < other.length) return one.slice(same) === other.slice(same + 1);
  if (one.slice(same + 1) === other.slice(same + 1)) return true;
  const swapped = one[same] === other[same + 1] && one[same + 1] === other[same];
  return swapped && one.slice(same + 2) === other.slice(same + 2);
}
