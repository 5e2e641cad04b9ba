import fc from 'fast-check';
import { parseValue } from 'graphql';
import {
  DateTimeScalar,
  JSONScalar,
  RevisionScalar,
  SafeIntScalar,
  UUIDScalar,
} from '../../src/common/scalars.js';

const moment = fc.date({
  min: new Date('0001-01-01T00:00:00.000Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

/** PostgreSQL leaves trailing zeros of the fraction out, and the point with them. */
function asPostgres(date: Date, separator: string, zone: string): string {
  const [seconds, fraction = ''] = date.toISOString().slice(0, -1).split('.');
  const digits = fraction.replace(/0+$/, '');
  return seconds!.replace('T', separator) + (digits && `.${digits}`) + zone;
}

describe('DateTime', () => {
  test('every form of a moment is answered alike', () => {
    fc.assert(
      fc.property(moment, (date) => {
        const expected = date.toISOString();
        for (const value of [
          date,
          expected,
          asPostgres(date, ' ', '+00'),
          asPostgres(date, 'T', '+00:00'),
          asPostgres(date, 'T', 'Z'),
        ]) {
          expect(DateTimeScalar.serialize(value)).toBe(expected);
        }
      }),
    );
  });

  test('microseconds are cut and offsets are turned to UTC', () => {
    expect(DateTimeScalar.serialize('2026-11-21 10:46:00.123456+00')).toBe('2026-11-21T10:46:00.123Z');
    expect(DateTimeScalar.serialize('2026-11-21T10:46:00+02:00')).toBe('2026-11-21T08:46:00.000Z');
  });

  test('what is no moment is not answered', () => {
    for (const value of ['infinity', 'yesterday', '', new Date(NaN), null]) {
      expect(() => DateTimeScalar.serialize(value)).toThrow('invalid date');
    }
  });

  test('what was answered is accepted', () => {
    fc.assert(
      fc.property(moment, (date) => {
        expect(DateTimeScalar.parseValue(date.toISOString())).toEqual(date);
        expect(DateTimeScalar.parseLiteral(parseValue(`"${date.toISOString()}"`))).toEqual(date);
      }),
    );
  });

  test.each([
    'x',
    '',
    '2026-11-21',
    '2026-02-30T00:00:00Z',
    '2026-11-21T10:46:00',
    '2026-11-21T24:00:00Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    `2026-11-21T10:46:00.${'1'.repeat(1_000_000)}Z`,
    1_763_722_000_000,
    null,
    {},
  ])('refuses %p', (value) => {
    expect(() => DateTimeScalar.parseValue(value)).toThrow(/^DateTime /);
  });
});

describe('UUID', () => {
  test('is accepted in either case and kept in lower case', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(UUIDScalar.parseValue(id.toUpperCase())).toBe(id);
        expect(UUIDScalar.serialize(id)).toBe(id);
      }),
    );
  });

  test.each(['', 'x', '{0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d}', '0198c2f47b1e7cc398d51c0f4e6a2b7d', 7, null])(
    'refuses %p',
    (value) => {
      expect(() => UUIDScalar.parseValue(value)).toThrow('UUID must look like');
    },
  );

  test('refuses a literal that is no text', () => {
    expect(() => UUIDScalar.parseLiteral(parseValue('7'))).toThrow('UUID must look like');
  });
});

describe('Revision and SafeInt', () => {
  test('hold whole numbers up to 2^53-1', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(RevisionScalar.parseValue(value)).toBe(value);
        expect(RevisionScalar.parseLiteral(parseValue(String(value)))).toBe(value);
        expect(SafeIntScalar.parseValue(-value)).toBe(-value);
        expect(RevisionScalar.serialize(String(value))).toBe(value);
      }),
    );
  });

  test.each([-1, 1.5, 2 ** 53, NaN, '1', null, true])('Revision refuses %p', (value) => {
    expect(() => RevisionScalar.parseValue(value)).toThrow('Revision must be a whole number from 0');
  });
});

test('JSON keeps what was sent', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSONScalar.parseValue(value)).toBe(value);
      expect(JSONScalar.serialize(value)).toBe(value);
    }),
  );
});
