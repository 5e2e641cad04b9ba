import fc from 'fast-check';
import { Block } from '../../src/memory/block.js';
import { fuse } from '../../src/memory/fusion.js';
import { Log } from '../../src/memory/log.js';
import { best } from '../../src/memory/ranking.js';

const SIZE = 12;
const log = Log.of([
  Block.of(
    Array.from({ length: SIZE / 2 }, (_, turn) => ({
      sequence: 10 + turn * 3,
      revision: 1,
      sessionId: 'one',
      question: 'a',
      answer: 'b',
      questionTokens: 1,
      answerTokens: 1,
      at: 0,
      speakers: null,
    })),
  ),
]);
const nearOf = (position: number) => ({
  sequence: log.sequence[position]!,
  side: log.side[position] as 0 | 1,
});
const scores = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: SIZE, maxLength: SIZE })
  .map((values) => Float64Array.from(values));
const order = fc.subarray([...Array(SIZE).keys()]).chain((positions) => fc.shuffledSubarray(positions));
const rankingOf = (values: Float64Array) => ({ scores: values, direct: new Uint8Array(SIZE) });

describe('reciprocal rank fusion', () => {
  it('leaves the ranking by words as it is without anything near', () => {
    const ranking = rankingOf(Float64Array.of(3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2));
    expect(fuse(ranking, log, null)).toMatchObject(ranking);
    expect(best(fuse(ranking, log, []).scores, SIZE)).toEqual([0, 11, 2]);
  });

  it('counts ranks as it is defined, with k = 60', () => {
    const ranking = rankingOf(Float64Array.of(0, 0, 5, 9, 0, 0, 0, 0, 0, 0, 0, 0));
    const { scores: fused, near, direct } = fuse(ranking, log, [nearOf(2), nearOf(7)]);
    const share = (rank: number) => 61 / (60 + rank) / 2;
    expect(fused[2]).toBeCloseTo(share(2) + share(1), 12);
    expect(fused[3]).toBeCloseTo(share(1), 12);
    expect(fused[7]).toBeCloseTo(share(2), 12);
    expect([...near].flatMap((is, position) => (is ? [position] : []))).toEqual([2, 7]);
    expect(direct).toEqual(near);
  });

  it('finds what either finds, and puts nothing before what is ahead of it in both', () => {
    fc.assert(
      fc.property(scores, order, (values, nearest) => {
        const { scores: fused } = fuse(rankingOf(values), log, nearest.map(nearOf));
        const byWords = best(values, SIZE);
        expect(new Set(best(fused, SIZE))).toEqual(new Set([...byWords, ...nearest]));
        for (const one of nearest.filter((position) => byWords.includes(position))) {
          for (const other of best(fused, SIZE)) {
            const isBehind = (list: number[]) =>
              !list.includes(other) || list.indexOf(one) < list.indexOf(other);
            if (other !== one && isBehind(byWords) && isBehind(nearest))
              expect(fused[one]!).toBeGreaterThan(fused[other]!);
          }
        }
      }),
    );
  });

  it('leaves out what is not in the index: written or deleted meanwhile', () => {
    const { scores: fused } = fuse(rankingOf(new Float64Array(SIZE)), log, [{ sequence: 11, side: 0 }]);
    expect(best(fused, SIZE)).toEqual([]);
  });
});
