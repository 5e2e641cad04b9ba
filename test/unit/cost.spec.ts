import { buildSchema, getOperationAST, parse, specifiedRules, validate } from 'graphql';
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
    `The answer could hold 3040301 fields; at most ${MAX_COST} are allowed. Ask for smaller pages.`,
  );
  expect(refusal(nested('first: 100', 'first: 100'))).toBeUndefined();
});

test('sizes in variables count as those in the text', () => {
  const query = `query ($n: Int, $m: Int = 100) { sessions(last: $n) { edges { node { turns(first: $m) {
    edges { node { session { turns(first: $m) { edges { node { id } } } } } } } } } } }`;
  expect(refusal(query, { n: 100 })).toContain('3040301');
  expect(refusal(query, { n: 100, m: 2 })).toBeUndefined();
  expect(refusal(query, { n: 1, m: 10 })).toBeUndefined();
  expect(refusal(query, {})).toContain('608061');
});

test('a page without a size counts as the default of its field', () => {
  expect(
    refusal(
      '{ recent { session { turns(first: 100) { edges { node { session { turns { edges { node { id } } } } } } } } } }',
    ),
  ).toContain('at most');
  expect(refusal('{ recent(limit: 1) { id } }')).toBeUndefined();
});

const chain = (length: number) =>
  Array.from({ length }, (_, index) => `fragment F${index} on Session { ...F${index + 1} ...F${index + 1} }`);

/** Every error is reported, not thrown, by which Apollo would take it for a failure of its own. */
const refused = (query: string): string[] =>
  validate(schema, parse(query), [...specifiedRules, maxFieldsRule])
    .map((error) => error.message)
    .filter((message) => message.startsWith('The document'));

test('a document of too many fields is refused', () => {
  const typenames = (count: number) => `{ ${'__typename '.repeat(count)} }`;
  expect(refused(typenames(MAX_FIELDS))).toEqual([]);
  expect(refused(typenames(MAX_FIELDS + 1))).toEqual([
    `The document selects ${MAX_FIELDS + 1} fields; at most ${MAX_FIELDS} are allowed.`,
  ]);
});

test('fragments count wherever they are spread, and are not walked as often', () => {
  const doubling = (length: number) =>
    `{ recent { session { ...F0 } } } ${chain(length).join(' ')} fragment F${length} on Session { id }`;
  expect(refused(doubling(5))).toEqual([]);
  expect(refused(doubling(40))).toEqual([expect.stringContaining('selects 1099511627778 fields')]);
});

test('fragments in a circle are left to the rule about them', () => {
  expect(
    refused(`{ recent { session { ...F0 } } } ${chain(1).join(' ')} fragment F1 on Session { ...F0 }`),
  ).toEqual([]);
});
