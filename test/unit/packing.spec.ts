import fc from 'fast-check';
import { pack, type Candidate } from '../../src/memory/packing.js';

/** Candidates of a group have the same header. */
const candidate = fc
  .record({ tokens: fc.integer({ min: 1, max: 300 }), group: fc.nat(5) })
  .map((one) => ({ ...one, headerTokens: one.group * 6 }));
const share = fc.double({ min: 0, max: 1, noNaN: true });
const material = fc
  .record({
    budget: fc.nat(3000),
    shares: fc.record({ facts: share, summaries: share, recent: share }),
    facts: fc.array(
      candidate.map((one) => ({ ...one, group: -1, headerTokens: 9 })),
      { maxLength: 8 },
    ),
    summaries: fc.array(
      fc.tuple(candidate, fc.nat(20)).map(([one, coveredBy]) => ({ ...one, coveredBy })),
      { maxLength: 8 },
    ),
    recalled: fc.array(candidate, { maxLength: 40 }),
    recent: fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 15 }),
  })
  .chain((some) =>
    fc
      .tuple(...some.recent.map(() => fc.subarray(some.recalled.map((_, index) => index))))
      .map((twins) => ({ ...some, twins })),
  );
type Some = typeof material extends fc.Arbitrary<infer T> ? T : never;

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

/** Each group's header is paid once, by whichever comes first. */
function cost(lines: readonly Candidate[], recent: readonly number[]) {
  const headers = new Map<number, number>();
  for (const { group, headerTokens } of lines) if (!headers.has(group)) headers.set(group, headerTokens);
  return sum(lines.map(({ tokens }) => tokens)) + sum(headers.values()) + sum(recent);
}

describe('packing', () => {
  const packed = (some: Some) => {
    const result = pack(some.budget, some.shares, some);
    return {
      result,
      known: some.facts.filter((_, index) => result.facts.has(index)),
      told: some.summaries.filter((_, index) => result.summaries.has(index)),
      chosen: some.recalled.filter((_, index) => result.recalled.has(index)),
      newest: some.recent.slice(0, result.recent),
    };
  };
  const spent = ({ known, told, chosen, newest }: ReturnType<typeof packed>) =>
    cost([...known, ...told, ...chosen], newest);

  it('never exceeds the budget, whatever is asked', () => {
    fc.assert(
      fc.property(material, (some) => {
        expect(spent(packed(some))).toBeLessThanOrEqual(some.budget);
      }),
    );
  });

  it('says nothing twice, and sums up nothing that is in verbatim', () => {
    fc.assert(
      fc.property(material, (some) => {
        const { result, told } = packed(some);
        for (const twin of some.twins.slice(0, result.recent).flat())
          expect(result.recalled.has(twin)).toBe(false);
        for (const { coveredBy } of told) expect(coveredBy).toBeGreaterThan(result.recent);
      }),
    );
  });

  it('takes everything that fits', () => {
    fc.assert(
      fc.property(material, (some) => {
        const lines = [...some.facts, ...some.summaries, ...some.recalled].map((one, group) => ({
          ...one,
          group,
        }));
        const { result } = packed({ ...some, budget: cost(lines, some.recent) });
        const twins = new Set(some.twins.flat());
        expect(result.recent).toBe(some.recent.length);
        expect(result.recalled.size).toBe(some.recalled.filter((_, index) => !twins.has(index)).length);
        const untold = some.summaries.filter(({ coveredBy }) => coveredBy <= result.recent);
        expect(result.summaries.size).toBe(some.summaries.length - untold.length);
        expect(result.facts.size).toBe(some.facts.length);
      }),
    );
  });

  it('leaves out nothing that would still fit', () => {
    fc.assert(
      fc.property(material, (some) => {
        const { result, ...what } = packed(some);
        const left = some.budget - spent({ result, ...what });
        const twins = new Set(some.twins.slice(0, result.recent).flat());
        const next = some.recent[result.recent];
        const missing = [
          ...some.facts.filter((_, index) => !result.facts.has(index)),
          ...some.recalled.filter((_, index) => !result.recalled.has(index) && !twins.has(index)),
          ...some.summaries.filter(
            ({ coveredBy }, index) => !result.summaries.has(index) && coveredBy > result.recent,
          ),
        ];
        for (const { tokens, headerTokens } of missing) expect(tokens + headerTokens).toBeGreaterThan(left);
        if (next !== undefined) expect(next).toBeGreaterThan(left);
      }),
    );
  });

  it('gives the newest, facts and summaries their shares before the rest', () => {
    fc.assert(
      fc.property(material, (some) => {
        const { result, known, newest } = packed(some);
        const share = Math.floor(some.budget * some.shares.recent);
        const next = some.recent[result.recent];
        if (next !== undefined) expect(sum(newest) + next).toBeGreaterThan(share);
        const left = some.budget - sum(newest);
        const [fact] = some.facts;
        if (
          fact &&
          fact.tokens + fact.headerTokens <= Math.min(left, Math.floor(some.budget * some.shares.facts))
        )
          expect(result.facts.has(0)).toBe(true);
        const room = Math.min(Math.floor(some.budget * some.shares.summaries), left - cost(known, []));
        const [first] = some.summaries;
        if (first && first.coveredBy > result.recent && first.tokens + first.headerTokens <= room) {
          expect(result.summaries.has(0)).toBe(true);
        }
      }),
    );
  });
});
