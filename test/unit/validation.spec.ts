import { ArrayUnique, IsInt, IsOptional, IsUUID, Min } from 'class-validator';
import fc from 'fast-check';
import { BadUserInputError } from '../../src/common/errors.js';
import { InputPipe } from '../../src/common/input.pipe.js';
import {
  IsJsonDocument,
  IsText,
  jsonReason,
  MAX_JSON_BYTES,
  MAX_JSON_DEPTH,
  Nested,
  NotNull,
  textReason,
} from '../../src/common/validation.js';

describe('text', () => {
  test('is accepted exactly when PostgreSQL keeps it and it is small enough', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'é', '€', '😀', '\0', '\ud800', '\udc00'),
      maxLength: 20,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 40 }), (value, max) => {
        const fine = !value.includes('\0') && value.isWellFormed() && Buffer.byteLength(value) <= max;
        expect(textReason(value, max) === undefined).toBe(fine);
      }),
    );
  });

  test('may be demanded', () => {
    expect(textReason('', 10, 1)).toBe('must not be empty');
    expect(textReason(7, 10)).toBe('must be text');
  });
});

const nested = (depth: number): object => {
  let value: object = {};
  for (let level = 1; level < depth; level++) value = level % 2 ? { inner: value } : { inner: [value] };
  return value;
};

describe('JSON document', () => {
  test('any storable object is accepted', () => {
    const document = fc.dictionary(
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
      fc.jsonValue({ stringUnit: 'grapheme-ascii', maxDepth: 5 }),
    );
    fc.assert(fc.property(document, (value) => expect(jsonReason(value)).toBeUndefined()));
  });

  test.each([
    ['a list', [], 'must be a JSON object'],
    ['null', null, 'must be a JSON object'],
    ['text', 'x', 'must be a JSON object'],
    ['a NUL in a value', { a: ['\0'] }, 'must not contain NUL characters'],
    ['a NUL in a key', { 'a\0': 1 }, 'must not contain NUL characters'],
    ['a lone surrogate', { a: { b: '\ud800' } }, 'must be well-formed Unicode without lone surrogates'],
    ['an infinite number', { a: Infinity }, 'must contain finite numbers only'],
    ['too much', { a: 'x'.repeat(MAX_JSON_BYTES) }, `must be at most ${MAX_JSON_BYTES} bytes as JSON`],
  ])('refuses %s', (_, value, reason) => {
    expect(jsonReason(value)).toBe(reason);
  });

  test('is nested no deeper than allowed, and depth exhausts no stack', () => {
    const chain = (depth: number) => JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth)) as unknown;
    expect(jsonReason(chain(MAX_JSON_DEPTH))).toBeUndefined();
    expect(jsonReason(chain(MAX_JSON_DEPTH + 1))).toBe(`must not be nested deeper than ${MAX_JSON_DEPTH}`);
    expect(jsonReason(chain(20_000))).toBe(`must not be nested deeper than ${MAX_JSON_DEPTH}`);
    expect(jsonReason(nested(10))).toBeUndefined();
  });
});

class ItemInput {
  @IsText({ max: 5, min: 1 })
  question: string;

  @IsOptional()
  @IsJsonDocument()
  metadata?: object | null;
}

class BatchInput {
  @Nested(() => ItemInput)
  items: ItemInput[];

  @NotNull()
  @IsText({ max: 5 })
  title?: string;

  @NotNull()
  @IsInt()
  @Min(1)
  limit = 20;

  @IsText({ max: 3 }, { each: true })
  tags: string[] = [];

  @IsUUID('all', { each: true })
  ids: string[] = [];

  @ArrayUnique()
  kinds: string[] = [];
}

describe('the input pipe', () => {
  const pipe = new InputPipe();
  const transform = (value: unknown, metatype: unknown = BatchInput) =>
    pipe.transform(value, { type: 'body', metatype: metatype as never, data: 'input' });

  const fieldsOf = (value: unknown): unknown => {
    try {
      transform(value);
    } catch (error) {
      return error instanceof BadUserInputError && error.extensions['fields'];
    }
    return undefined;
  };

  test('makes instances of the classes, keeps defaults, and leaves JSON as it was sent', () => {
    const metadata = { a: { b: 1 } };
    const input = transform({ items: [{ question: 'Why?', metadata }] }) as BatchInput;
    expect(input).toBeInstanceOf(BatchInput);
    expect(input.items[0]).toBeInstanceOf(ItemInput);
    expect(input.items[0]!.metadata).toBe(metadata);
    expect(input.limit).toBe(20);
  });

  test('says of lists what is wrong with them', () => {
    expect(fieldsOf({ items: [], ids: ['1'], kinds: ['a', 'a'] })).toEqual({
      'input.ids': ['each must be a UUID'],
      'input.kinds': ['must all be different'],
    });
  });

  test('names every refused value by its path', () => {
    const items = [{ question: 'Why?' }, { question: '' }, { question: 'Why?', metadata: [] }];
    expect(fieldsOf({ items, title: 'too long', limit: 0, tags: ['abc', 'abcd'] })).toEqual({
      'input.items.1.question': ['must not be empty'],
      'input.items.2.metadata': ['must be a JSON object'],
      'input.title': ['must be at most 5 bytes of UTF-8'],
      'input.limit': ['must not be less than 1'],
      'input.tags': ['must be at most 3 bytes of UTF-8'],
    });
  });

  test('null is refused where only absence is allowed', () => {
    const fields = fieldsOf({ items: [], title: null, limit: null });
    expect(fields).toEqual({ 'input.title': [expect.any(String)], 'input.limit': [expect.any(String)] });
  });

  test('passes what has no rules', () => {
    class Plain {}
    for (const value of [null, undefined, 7, 'x', { a: 1 }]) expect(transform(value, Plain)).toBe(value);
    expect(transform('x', String)).toBe('x');
  });
});
