import { clipped, sentencesOf } from '../common/sentences.js';
import { countTokens } from '../common/tokens.js';

/** The text if it is short enough, else as many of its first sentences as are; at the least the start of the first. */
export async function within(text: string, maxTokens: number): Promise<string> {
  if ((await countTokens(text)) <= maxTokens) return text;
  const lines = text.split('\n').map(sentencesOf);
  const sentences = lines.reduce((sum, line) => sum + line.length, 0);
  let short = '';
  for (let kept = sentences; kept > 0; kept--) {
    short = firstOf(lines, kept);
    if ((await countTokens(short)) <= maxTokens) return short;
  }
  while ((await countTokens(short)) > maxTokens && short.length > 1) {
    short = clipped(short, Math.floor(short.length * 0.9));
  }
  return short;
}

/** So many sentences in the lines they are in. */
function firstOf(lines: readonly string[][], count: number): string {
  const texts: string[] = [];
  let left = count;
  for (const line of lines) {
    if (left <= 0) break;
    texts.push(line.slice(0, left).join(' '));
    left -= line.length;
  }
  return texts.filter(Boolean).join('\n');
}
