import fc from 'fast-check';
import { countTokens as countExactly } from 'gpt-tokenizer/encoding/o200k_base';
import { countTokens } from '../../src/common/tokens.js';

const exactly = (text: string) => countExactly(text, { disallowedSpecial: new Set() });

describe('counting tokens', () => {
  it('is exact wherever no run is unbroken for more than 128 characters', async () => {
    const parts = [
      'word',
      'Don’t',
      "it's",
      '1234567',
      '!',
      '...',
      '/',
      ' ',
      '   ',
      '\t',
      '\n',
      '\r\n',
      '\n\n',
    ];
    const text = fc
      .array(fc.constantFrom(...parts, '中文', '😀', 'é', '\u00a0', '<|endoftext|>'), { maxLength: 400 })
      .map((chosen) => chosen.join(''))
      .filter((joined) => !/\S{129}|\s{100}|[^\p{L}\p{N} ]{100}/u.test(joined));
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        expect(await countTokens(given)).toBe(exactly(given));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a word of 128 characters after a space', ` ${'ab'.repeat(64)}`],
    ['indented code', `${' '.repeat(40)}if (ready) {\n${' '.repeat(44)}return;\n`.repeat(200)],
    ['lines without a space', 'a,b,c;\n'.repeat(2000)],
    ['paths', '/usr/lib/node\n'.repeat(2000)],
  ])('is exact for %s', async (_, text) => {
    expect(await countTokens(text)).toBe(exactly(text));
  });

  it.each([
    ['letters', 'abcdefghijklmnopqrstuvwxyz'.repeat(80)],
    ['Chinese', '\u4f60\u597d\u4e16\u754c\u8ba1\u7b97'.repeat(300)],
    ['emoji, which it never halves', '😀'.repeat(1500)],
    ['spaces', ' '.repeat(5000)],
  ])('is off by a few tokens a cut for an unbroken run of %s', async (_, text) => {
    const cuts = text.length / 128;
    expect(Math.abs((await countTokens(text)) - exactly(text))).toBeLessThanOrEqual(4 * cuts);
  });

  it.each([
    ['one long text', [random(300_000)]],
    ['many short ones, one after another', Array.from({ length: 60 }, () => random(5000))],
  ])('lets others have their turn: %s', async (_, texts) => {
    let turns = 0;
    let done = false;
    const count = () => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    const used = process.cpuUsage();
    for (const text of texts) await countTokens(text);
    const milliseconds = process.cpuUsage(used).user / 1000;
    done = true;
    expect(milliseconds).toBeGreaterThan(50);
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  it('gives each who counts at the same time a turn of their own', async () => {
    const longest = random(100_000);
    let turns = 0;
    let done = false;
    const count = () => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    const used = process.cpuUsage();
    await Promise.all(Array.from({ length: 8 }, () => countTokens(longest)));
    const milliseconds = process.cpuUsage(used).user / 1000;
    done = true;
    // Waiting together and going on together would make turns of 80 ms.
    expect(milliseconds / turns).toBeLessThan(60);
  });
});

/** Printable ASCII, of which the tokenizer knows next to nothing. */
function random(length: number): string {
  return Array.from({ length }, () => String.fromCharCode(32 + Math.floor(Math.random() * 95))).join('');
}
