import { setImmediate } from 'node:timers/promises';
import { countTokens as countPiece } from 'gpt-tokenizer/encoding/o200k_base';

/**
 * The tokenizer's time grows with the square of an unbroken run: 64 Ki characters of Chinese without a space took
 * 14 s, and no text of words more than 16 ms per MiB. Runs are cut here, at the price of at most one token a cut.
 */
const LONGEST_RUN = 128;
const HAS_LONG_RUN = new RegExp(`\\S{${LONGEST_RUN + 1}}|\\s{${LONGEST_RUN + 1}}`);
const RUNS = new RegExp(`\\s{0,${LONGEST_RUN}}\\S{1,${LONGEST_RUN}}|\\s{1,${LONGEST_RUN}}`, 'g');
/** Pieces counted before other requests get their turn. */
const PIECES_PER_TURN = 500;

/** What looks like a special token ("<|endoftext|>") is text like any other here. */
const OPTIONS = { disallowedSpecial: new Set<string>() };

/** Tokens of a text in OpenAI's o200k_base encoding; exact but for unbroken runs of more than 128 characters. */
export async function countTokens(text: string | null | undefined): Promise<number> {
  if (!text) return 0;
  if (!HAS_LONG_RUN.test(text)) return countPiece(text, OPTIONS);
  let tokens = 0;
  let pieces = 0;
  for (const [piece] of text.matchAll(RUNS)) {
    tokens += countPiece(piece, OPTIONS);
    if (++pieces % PIECES_PER_TURN === 0) await setImmediate();
  }
  return tokens;
}
