/** Of a longer text only the beginning and the end are read: what is said is said there, logs are in between. */
const MAX_CHARACTERS = 4_000;
const HEAD_CHARACTERS = 3_000;
/** A longer sentence is cut at a word. */
const MAX_SENTENCE = 280;

// Rules for "any language": they know the full stops of every script.
const bySentence = new Intl.Segmenter(undefined, { granularity: 'sentence' });
const byWord = new Intl.Segmenter(undefined, { granularity: 'word' });

const CODE_BLOCK = /```[^`]{0,20000}```/g;
const HAS_WORD = /[\p{L}\p{N}]/u;

/** The sentences of a text in their order, white space made single, code left out. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  for (const line of shortened(text.replace(CODE_BLOCK, '\n')).split(/[\r\n]+/)) {
    for (const { segment } of bySentence.segment(line)) {
      const sentence = segment.replace(/\s+/g, ' ').trim();
      if (HAS_WORD.test(sentence)) sentences.push(clipped(sentence, MAX_SENTENCE));
    }
  }
  return sentences;
}

/** The words of a sentence as they are written; in languages without spaces, as a dictionary finds them. */
export function wordsOf(sentence: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of byWord.segment(sentence)) if (isWordLike) words.push(segment);
  return words;
}

/** What two spellings of one word have in common: case, width, accents and an English plural aside. */
export function termOf(word: string): string {
  const plain = word
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  return plain.length > 4 && plain.endsWith('s') && !plain.endsWith('ss') ? plain.slice(0, -1) : plain;
}

/** At most `length` characters, cut between words, with an ellipsis where something is missing. */
export function clipped(text: string, length: number): string {
  if (text.length <= length) return text;
  const start = text.slice(0, length - 1).toWellFormed();
  const space = start.lastIndexOf(' ');
  return `${space > length / 2 ? start.slice(0, space) : start.replace(/\uFFFD$/, '')}…`;
}

function shortened(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  return `${text.slice(0, HEAD_CHARACTERS)}\n${text.slice(HEAD_CHARACTERS - MAX_CHARACTERS)}`.toWellFormed();
}
