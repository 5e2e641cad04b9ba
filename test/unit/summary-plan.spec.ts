import fc from 'fast-check';
import type { SeenSummary } from '../../src/summaries/summaries.repository.js';
import { olderPart, summaryTokens, toFold, type LiveInteraction } from '../../src/summaries/summary-plan.js';

const live = fc
  .array(
    fc.record({
      messages: fc.integer({ min: 1, max: 5 }),
      tokens: fc.integer({ min: 0, max: 400 }),
      awaited: fc.constant(false),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((list) =>
    list.map((one, index): LiveInteraction => ({ ...one, sequence: index * 3 + 1, revision: index })),
  );

const summary = (fields: Partial<SeenSummary>): SeenSummary => ({
  ...{ id: '', userId: '', sessionId: '', level: 1, fromSequence: 1, toSequence: 1, text: '', tokens: 10 },
  ...{ producedBy: '', promptHash: null, pinned: false, supersededBy: null, revertedAt: null, createdAt: '' },
  ...{ seenIn: '', inForce: true },
  ...fields,
});

describe('the older part of what is live', () => {
  it('is at most 70 % of the messages, from the first on, and as much of them as fits', () => {
    fc.assert(
      fc.property(live, fc.integer({ min: 100, max: 50_000 }), (interactions, tokenLimit) => {
        const part = olderPart(interactions, [], tokenLimit);
        expect(part).toEqual(interactions.slice(0, part.length));
        const count = (list: readonly LiveInteraction[], what: 'messages' | 'tokens') =>
          list.reduce((sum, one) => sum + one[what], 0);
        const fits = (list: readonly LiveInteraction[]) =>
          list.length <= 1 ||
          (count(list, 'messages') <= 0.7 * count(interactions, 'messages') &&
            count(list, 'tokens') <= tokenLimit);
        expect(fits(part)).toBe(true);
        if (part.length < interactions.length)
          expect(fits(interactions.slice(0, part.length + 1))).toBe(false);
      }),
    );
  });

  it('ends before an answer that is awaited, and where another summary stands between', () => {
    const interactions = [1, 4, 7, 10, 13, 16].map((sequence): LiveInteraction => ({
      sequence,
      revision: 1,
      messages: 2,
      tokens: 10,
      awaited: sequence === 10,
    }));
    expect(olderPart(interactions, [], 1000)).toHaveLength(3);
    expect(olderPart(interactions, [summary({ fromSequence: 5, toSequence: 6 })], 1000)).toHaveLength(2);
    expect(olderPart(interactions.slice(3), [], 1000)).toEqual([]);
  });
});

describe('the length of a summary', () => {
  it('is at most 500 tokens, and shorter than what it is of', () => {
    expect(summaryTokens(2800, 4000)).toBe(500);
    expect(summaryTokens(1_000_000, 1_000_000)).toBe(500);
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 100_000 }),
        fc.integer({ min: 100, max: 100_000 }),
        (source, limit) => {
          expect(summaryTokens(source, limit)).toBeLessThanOrEqual(Math.min(500, source / 2));
        },
      ),
    );
  });
});

describe('what is folded', () => {
  const stack = fc
    .array(
      fc.record({
        tokens: fc.integer({ min: 1, max: 500 }),
        pinned: fc.boolean(),
        gapAfter: fc.boolean(),
        level: fc.integer({ min: 1, max: 3 }),
        sessionId: fc.constantFrom('', '', 'ancestor'),
      }),
      { maxLength: 12 },
    )
    .map((list) =>
      list.map(({ gapAfter, ...one }, index) => ({
        ...summary({ ...one, id: String(index), fromSequence: index * 10, toSequence: index * 10 + 5 }),
        gapAfter,
      })),
    );

  it('stands side by side, is not pinned, is of the session itself, has nothing live in between, and leaves the newest', () => {
    fc.assert(
      fc.property(stack, fc.integer({ min: 100, max: 10_000 }), (inForce, tokenLimit) => {
        const folded = toFold(inForce, tokenLimit).map(({ id }) => Number(id));
        const tokens = inForce.reduce((sum, one) => sum + one.tokens, 0);
        if (tokens <= tokenLimit / 4) expect(folded).toEqual([]);
        expect(folded).not.toHaveLength(1);
        for (const [place, id] of folded.entries()) {
          expect(inForce[id]).toMatchObject({ pinned: false, sessionId: '' });
          expect(id).toBeLessThan(inForce.length - 1);
          if (place === 0) continue;
          expect(id).toBe(folded[place - 1]! + 1);
          expect(inForce[id - 1]!.gapAfter).toBe(false);
        }
        const isFree = ({ pinned, sessionId }: SeenSummary): boolean => !pinned && sessionId === '';
        const pairs = inForce
          .slice(0, -2)
          .filter((one, index) => isFree(one) && !one.gapAfter && isFree(inForce[index + 1]!));
        if (tokens > tokenLimit / 4) expect(folded.length > 0).toBe(pairs.length > 0);
      }),
    );
  });
});
