import fc from 'fast-check';
import { countTokens } from '../../src/common/tokens.js';
import { within } from '../../src/summaries/shortening.js';

describe('a text within a number of tokens', () => {
  it('is the text itself when that fits', async () => {
    const text = 'User said: One. Two.\n  Assistant answered:  Three!\n';
    expect(await within(text, 100)).toBe(text);
  });

  it('is else its first sentences, in their lines', async () => {
    const text = 'One is one. Two is two.\nThree is three. Four is four, and more than that.';
    expect(await within(text, 13)).toBe('One is one. Two is two.\nThree is three.');
    expect(await within(text, 3)).toBe('One is…');
  });

  it('never has more, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'grapheme', maxLength: 400 }),
          fc.lorem({ mode: 'sentences', maxCount: 30 }),
        ),
        fc.integer({ min: 5, max: 60 }),
        async (text, maxTokens) => {
          const short = await within(text, maxTokens);
          expect(await countTokens(short)).toBeLessThanOrEqual(maxTokens);
          expect(short.isWellFormed()).toBe(true);
        },
      ),
    );
  });
});
