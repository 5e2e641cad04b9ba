import { uuidv7 } from '../../src/common/uuid.js';

describe('a UUID', () => {
  it('is of version 7, and sorts after those made before it, also within a millisecond', () => {
    const made = Array.from({ length: 10_000 }, uuidv7);
    expect(made[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(made.toSorted()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });

  it('tells when it was made', () => {
    const before = Date.now();
    const at = parseInt(uuidv7().replace('-', '').slice(0, 12), 16);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  });
});
