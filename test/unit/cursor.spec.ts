import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Cursors } from '../../src/common/cursor.js';

const cursors = new Cursors(randomBytes(32));
const position = fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.maxSafeInteger()), {
  minLength: 1,
  maxLength: 4,
});
const refusal = 'after is not a cursor of this list';

test('a cursor leads back to its position', () => {
  fc.assert(
    fc.property(fc.string(), fc.uuid(), position, (kind, userId, place) => {
      expect(cursors.decode(kind, userId, cursors.encode(kind, userId, place), 'after')).toEqual(place);
    }),
  );
});

test('a cursor of another kind, user or server is refused', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), position, (userId, other, place) => {
      fc.pre(userId !== other);
      const cursor = cursors.encode('sessions', userId, place);
      expect(() => cursors.decode('messages', userId, cursor, 'after')).toThrow(refusal);
      expect(() => cursors.decode('sessions', other, cursor, 'after')).toThrow(refusal);
      expect(() => new Cursors(randomBytes(32)).decode('sessions', userId, cursor, 'after')).toThrow(refusal);
    }),
  );
});

test('a cursor with any character changed, added or left out is refused', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      position,
      fc.nat(),
      fc.constantFrom(...'AB09-_+/= \n'),
      (userId, place, at, character) => {
        const cursor = cursors.encode('sessions', userId, place);
        const index = at % cursor.length;
        const tampered = [
          cursor.slice(0, index) + character + cursor.slice(index + 1),
          cursor.slice(0, index) + character + cursor.slice(index),
          cursor.slice(0, index) + cursor.slice(index + 1),
        ].filter((text) => text !== cursor);
        for (const text of tampered) {
          expect(() => cursors.decode('sessions', userId, text, 'after')).toThrow(refusal);
        }
      },
    ),
  );
});

test('garbage of any length is refused', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2000 }), (text) => {
      expect(() => cursors.decode('sessions', 'user', text, 'after')).toThrow(refusal);
    }),
  );
});
