import fc from 'fast-check';
import { pack } from '../../src/memory/packing.js';

const candidate = fc.record({
  tokens: fc.integer({ min: 1, max: 300 }),
  group: fc.nat(5),
  headerTokens: fc.integer({ min: 0, max: 30 }),
});
const material = fc
  .record({
    budget: fc.nat(3000),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    recalled: fc.array(candidate, { maxLength: 40 }),
    recent: fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 15 }),
  })
  .chain((some) =>
    fc.record({
      ...Object.fromEntries(Object.entries(some).map(([key, value]) => [key, fc.constant(value)])),
      twins: fc.tuple(...some.recent.map(() => fc.subarray(some.recalled.map((_, index) => index)))),
    }),
  ) as fc.Arbitrary<{
  budget: number;
  share: number;
  recalled: { tokens: number; group: number; headerTokens: number }[];
  recent: number[];
  twins: number[][];
}>;

function cost({
  recalled,
  recent,
}: {
  recalled: { tokens: number; group: number; headerTokens: number }[];
  recent: number[];
}) {
  const headers = new Map<number, number>();
  for (const { group, headerTokens } of recalled) if (!headers.has(group)) headers.set(group, headerTokens);
  const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
  return sum(recalled.map(({ tokens }) => tokens)) + sum(headers.values()) + sum(recent);
}

describe('packing', () => {
  const packed = ({
    budget,
    share,
    recalled,
    recent,
    twins,
  }: typeof material extends fc.Arbitrary<infer T> ? T : never) => {
    const result = pack(budget, share, recalled, recent, twins);
    return {
      result,
      chosen: recalled.filter((_, index) => result.recalled.has(index)),
      newest: recent.slice(0, result.recent),
    };
  };

  it('never exceeds the budget, whatever is asked', () => {
    fc.assert(
      fc.property(material, (some) => {
        const { chosen, newest } = packed(some);
        expect(cost({ recalled: chosen, recent: newest })).toBeLessThanOrEqual(some.budget);
      }),
    );
  });

  it('says nothing twice', () => {
    fc.assert(
      fc.property(material, (some) => {
        const { result } = packed(some);
        for (const twin of some.twins.slice(0, result.recent).flat())
          expect(result.recalled.has(twin)).toBe(false);
      }),
    );
  });

  it('takes everything that fits', () => {
    fc.assert(
      fc.property(material, (some) => {
        const all = {
          ...some,
          budget: cost({ ...some, recalled: some.recalled.map((one, group) => ({ ...one, group })) }),
        };
        const { result } = packed(all);
        const twins = new Set(some.twins.flat());
        expect(result.recent).toBe(some.recent.length);
        expect(result.recalled.size).toBe(some.recalled.filter((_, index) => !twins.has(index)).length);
      }),
    );
  });

  it('leaves out nothing that would still fit', () => {
    fc.assert(
      fc.property(material, (some) => {
        const { result, chosen, newest } = packed(some);
        const left = some.budget - cost({ recalled: chosen, recent: newest });
        const twins = new Set(some.twins.slice(0, result.recent).flat());
        const next = some.recent[result.recent];
        if (next !== undefined) expect(next).toBeGreaterThan(left);
        for (const [index, { tokens, headerTokens }] of some.recalled.entries()) {
          if (!result.recalled.has(index) && !twins.has(index))
            expect(tokens + headerTokens).toBeGreaterThan(left);
        }
      }),
    );
  });
});
