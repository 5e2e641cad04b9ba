import fc from 'fast-check';
import { countTokens } from '../../src/common/tokens.js';
import { ExtractiveSummarizer } from '../../src/summaries/extractive-summarizer.js';
import type { Utterance } from '../../src/summaries/summarizer.js';

const summarizer = new ExtractiveSummarizer();

const TALK: Utterance[] = [
  {
    role: 'USER',
    text: 'I am planning a trip to Lisbon in March with my sister Clara. Where should we stay?',
  },
  {
    role: 'ASSISTANT',
    text: 'Alfama is close to everything. Baixa is flatter, which helps with luggage. Sure!',
  },
  {
    role: 'USER',
    text: 'Clara uses a wheelchair, so Baixa it is. What does a hotel in Baixa cost in March?',
  },
  { role: 'TOOL', text: '{"hotels": 42}' },
  { role: 'ASSISTANT', text: 'A hotel in Baixa costs about 120 euros a night in March. Let me know!' },
  { role: 'USER', text: 'Thanks, that is great. ok' },
];

const utterances = fc.array(
  fc.record({
    role: fc.constantFrom('USER', 'ASSISTANT', 'SYSTEM', 'TOOL', 'SUMMARY'),
    text: fc.oneof(
      fc.lorem({ maxCount: 30 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.constant('今天天气很好。我们去公园散步吧！'.repeat(20)),
      fc.constant('x'.repeat(5_000)),
    ),
  }),
  { maxLength: 12 },
) as fc.Arbitrary<Utterance[]>;

describe('the extractive summariser', () => {
  it('says who asked and who answered, and keeps what is telling', async () => {
    const { text, topics, mood, promptHash } = await summarizer.summarize(TALK, 90);
    expect(text).toMatch(/User (asked|said): .*Lisbon/);
    expect(text).toMatch(/Assistant answered: .*120 euros/);
    expect(text).toMatch(/wheelchair/);
    expect(text).not.toMatch(/Let me know/);
    expect(topics).toContain('Baixa');
    expect(mood).toBe('positive');
    expect(promptHash).toBe(null);
  });

  it('finds sentences and words in languages without spaces', async () => {
    const { text, topics } = await summarizer.summarize(
      [
        { role: 'USER', text: '我下周要去北京出差。北京的酒店贵吗？' },
        { role: 'ASSISTANT', text: '北京的酒店每晚大约五百元。祝您旅途愉快！' },
      ],
      60,
    );
    expect(text).toContain('北京的酒店每晚大约五百元。');
    expect(topics).toContain('北京');
  });

  it('never exceeds its tokens, whatever it is given, and says something when there is something', async () => {
    await fc.assert(
      fc.asyncProperty(utterances, fc.integer({ min: 10, max: 300 }), async (talk, maxTokens) => {
        const { text } = await summarizer.summarize(talk, maxTokens);
        expect(await countTokens(text)).toBeLessThanOrEqual(maxTokens);
        if (talk.some((one) => /\p{L}{3}/u.test(one.text))) expect(text).not.toBe('');
        expect(text.isWellFormed()).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same each time', async () => {
    expect(await summarizer.summarize(TALK, 60)).toEqual(await summarizer.summarize(TALK, 60));
  });

  it('folds summaries by keeping their lines', async () => {
    const lines = ['User asked: Where is Lisbon?', 'Assistant answered: In Portugal, on the Tagus.'];
    const { text } = await summarizer.summarize([{ role: 'SUMMARY', text: lines.join('\n') }], 200);
    expect(text.split('\n')).toEqual(lines);
  });
});
