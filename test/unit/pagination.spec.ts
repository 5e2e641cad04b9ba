import fc from 'fast-check';
import { connectionOf, pageOf } from '../../src/common/pagination.js';

const cursorOf = (node: number) => `cursor ${node}`;

test('walking a list page by page, either way, sees each item once, in order', () => {
  const list = fc.array(fc.integer(), { maxLength: 50 }).map((items) => items.map((_, index) => index));
  fc.assert(
    fc.property(list, fc.integer({ min: 1, max: 10 }), fc.boolean(), (items, limit, backward) => {
      const seen: number[][] = [];
      let rest = backward ? items.toReversed() : items;
      let cursor: string | undefined;
      for (;;) {
        const page = { limit, backward, cursor, cursorPath: 'after' as const };
        const { edges, pageInfo } = connectionOf(rest.slice(0, limit + 1), page, cursorOf);
        seen.push(edges.map((edge) => edge.node));
        expect(backward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage).toBe(cursor !== undefined);
        if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break;
        cursor = (backward ? pageInfo.startCursor : pageInfo.endCursor) ?? undefined;
        rest = rest.slice(rest.findIndex((node) => cursorOf(node) === cursor) + 1);
      }
      expect((backward ? seen.toReversed() : seen).flat()).toEqual(items);
    }),
  );
});

test('an empty page has no cursors', () => {
  const { pageInfo } = connectionOf([], pageOf({}), cursorOf);
  expect(pageInfo.startCursor).toBeNull();
  expect(pageInfo.endCursor).toBeNull();
});

test('the arguments tell direction, size and place', () => {
  expect(pageOf({})).toEqual({ limit: 20, backward: false, cursor: undefined, cursorPath: 'after' });
  expect(pageOf({ first: 5, after: 'x' })).toEqual({
    limit: 5,
    backward: false,
    cursor: 'x',
    cursorPath: 'after',
  });
  expect(pageOf({ last: 5, before: 'x' })).toEqual({
    limit: 5,
    backward: true,
    cursor: 'x',
    cursorPath: 'before',
  });
});

test.each([
  { first: 1, last: 1 },
  { after: 'x', last: 1 },
  { first: 1, before: 'x' },
  { after: 'x', before: 'y' },
])('both directions at once are refused: %p', (args) => {
  expect(() => pageOf(args)).toThrow('cannot be combined with first or after');
});
