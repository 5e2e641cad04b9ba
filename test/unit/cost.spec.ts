import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { costError, MAX_COST, MAX_FIELDS, maxFieldsRule } from '../../src/graphql/cost.js';

const schema = buildSchema(`
  type Query { sessions(first: Int, last: Int): Sessions, recent(limit: Int! = 50): [Turn!]! }
  type Sessions { edges: [Edge!]! }
  type Edge { node: Session! }
  type Session { id: ID!, turns(first: Int): Turns }
  type Turns { edges: [TurnEdge!]! }
  type TurnEdge { node: Turn! }
  type Turn { id: ID!, session: Session }
`);

function refusal(query: string, variables: Record<string, unknown> = {}): string | undefined {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  return costError(schema, document, getOperationAST(document)!, variables)?.message;
}

const nested = (outer: string, inner: string) =>
  `{ sessions(${outer}) { edges { node { turns(${inner}) { edges { node { id } } } } } } }`;

test('full pages within full pages within full pages are refused, one level less is not', () => {
  const deep = `{ sessions(first: 100) { edges { node { turns(first: 100) { edges { node { session {
    turns(first: 100) { edges { node { id } } } } } } } } } } }`;
  expect(refusal(deep)).toBe(
    `The answer could hold 3050301 fields; at most ${MAX_COST} are allowed. Ask for smaller pages.`,
  );
  expect(refusal(nested('first: 100', 'first: 100'))).toBeUndefined();
});

test('sizes in variables count as those in the text', () => {
  const query = `query ($n: Int, $m: Int = 100) { sessions(last: $n) { edges { node { turns(first: $m) {
    edges { node { session { turns(first: $m) { edges { node { id } } } } } } } } } } }`;
  expect(refusal(query, { n: 100 })).toContain('3050301');
  expect(refusal(query, { n: 100, m: 2 })).toBeUndefined();
  expect(refusal(query, { n: 1, m: 10 })).toBeUndefined();
  expect(refusal(query, {})).toContain('610061');
});

test('a page without a size counts as the default of its field', () => {
  expect(
    refusal(
      '{ recent { session { turns(first: 100) { edges { node { session { turns { edges { node { id } } } } } } } } } }',
    ),
  ).toContain('at most');
  expect(refusal('{ recent(limit: 1) { id } }')).toBeUndefined();
});

test('fragments that spread each other twice are counted, not walked', () => {
  const fragments = Array.from(
    { length: 40 },
    (_, index) => `fragment F${index} on Session { ...F${index + 1} ...F${index + 1} }`,
  );
  const query = `{ recent { session { ...F0 } } } ${fragments.join(' ')} fragment F40 on Session { id }`;
  expect(refusal(query)).toContain('at most');
});

test('a document of too many fields is refused', () => {
  const document = (count: number) => parse(`{ ${'__typename '.repeat(count)} }`);
  expect(validate(schema, document(MAX_FIELDS), [maxFieldsRule])).toEqual([]);
  expect(validate(schema, document(MAX_FIELDS + 1), [maxFieldsRule])[0]!.message).toBe(
    `The document selects ${MAX_FIELDS + 1} fields; at most ${MAX_FIELDS} are allowed.`,
  );
});
