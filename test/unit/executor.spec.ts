import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  buildSchema,
  execute,
  GraphQLError,
  parse,
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
} from 'graphql';
import { ConflictError, NotFoundError } from '../../src/common/errors.js';
import { DateTimeScalar, JSONScalar } from '../../src/common/scalars.js';
import { loadConfig } from '../../src/config/config.js';
import { maskError } from '../../src/graphql/error-mask.js';
import { Executor } from '../../src/graphql/executor.js';

const schema = buildSchema(`
  scalar DateTime
  scalar JSON
  enum Mood { CALM TENSE }
  input Part { id: ID!, mood: Mood }
  input Item { id: ID!, at: DateTime, mood: Mood = CALM, items: [Part!] }
  type Thing { id: ID!, strict: String!, items: [Thing], missing: Thing, conflict: String! }
  type Query {
    thing: Thing
    echo(json: JSON, item: Item, first: Int! = 3): JSON
    later: Thing!
  }
  type Mutation { step: Int }
`);

const resolvers: Record<string, Record<string, GraphQLFieldResolver<unknown, unknown>>> = {
  Query: {
    thing: () => ({
      id: 1,
      strict: 'yes',
      items: [
        { id: 2, strict: null },
        { id: 3, strict: 'yes' },
      ],
    }),
    echo: (_, args: unknown) => args,
    later: async () => {
      await Promise.resolve();
      throw new ConflictError('Too late.');
    },
  },
  Thing: {
    missing: () => Promise.reject(new NotFoundError('Thing')),
    conflict: () => {
      throw new ConflictError('Two of them.');
    },
  },
  Mutation: { step: () => 1 },
};

for (const [type, fields] of Object.entries(resolvers)) {
  for (const [name, resolve] of Object.entries(fields)) {
    (schema.getType(type) as GraphQLObjectType).getFields()[name]!.resolve = resolve;
  }
}
for (const scalar of [DateTimeScalar, JSONScalar]) {
  const { serialize, parseValue, parseLiteral } = scalar;
  Object.assign(schema.getType(scalar.name)!, { serialize, parseValue, parseLiteral });
}

const executorOf = (jit: boolean) => new Executor(loadConfig({ GRAPHQL_JIT: String(jit) }));
const modes = [
  ['graphql-jit', executorOf(true)],
  ['graphql-js', executorOf(false)],
] as const;

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

const plain = (result: ExecutionResult): unknown => JSON.parse(JSON.stringify(result.data ?? null));

describe.each(modes)('%s', (_, executor) => {
  const run = async (query: string, variableValues?: Record<string, unknown>, operationName?: string) =>
    executor.execute({ schema, document: parse(query), variableValues, operationName, contextValue: {} });

  test.each([
    ['{ thing { id strict a: id ...F } } fragment F on Thing { items { id } }', {}],
    ['{ thing { items { strict } } }', {}],
    ['{ thing { __typename missing { id } } }', {}],
    ['{ thing { conflict } }', {}],
    ['{ later { id } }', {}],
    ['query ($item: Item) { echo(item: $item) }', { item: { id: 7, at: '2026-11-21T10:46:00Z' } }],
    ['query ($item: Item) { echo(item: $item) }', { item: { id: 'x', items: { id: 'y', mood: 'TENSE' } } }],
    ['query ($json: JSON) { echo(json: { a: [$json, 1.5, null, true] }) }', { json: { b: 'c' } }],
    ['query ($n: Int) { echo(first: $n) }', {}],
    ['query ($n: Int) { echo(first: $n) }', { n: null }],
    ['query ($n: Int = 2) { echo(first: $n) }', {}],
    ['query ($n: Int! = 2) { echo(first: $n) }', {}],
    ['query ($yes: Boolean!) { thing { id @include(if: $yes) strict @skip(if: $yes) } }', { yes: true }],
    ['mutation { a: step b: step }', {}],
  ])('answers %s as graphql-js does', async (query, variables) => {
    const expected = await execute({ schema, document: parse(query), variableValues: variables });
    const result = await run(query, variables);
    expect(plain(result)).toEqual(plain(expected));
    const essence = (error: GraphQLError) => [error.message, error.path];
    expect(result.errors?.map(essence)).toEqual(expected.errors?.map(essence));
  });

  test('errors are real and keep their code and path', async () => {
    const { errors = [] } = await run('{ thing { missing { id } } }');
    expect(errors[0]).toBeInstanceOf(GraphQLError);
    expect(maskError(errors[0])).toEqual({
      message: 'Thing not found.',
      path: ['thing', 'missing'],
      locations: [{ line: 1, column: 11 }],
      extensions: { code: 'NOT_FOUND' },
    });
  });

  test('wrong variables are refused by path', async () => {
    const query = 'query ($item: Item!, $n: Int!, $none: Int!) { echo(item: $item, first: $n) }';
    const item = { id: 'x', at: 'never', items: [{ id: 'y' }, { mood: 'x'.repeat(1000), nope: 1 }] };
    const { data, errors } = await run(query, { item, n: null });
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(maskError(errors![0]).extensions).toEqual({
      code: 'BAD_USER_INPUT',
      fields: {
        'item.at': [expect.stringContaining('DateTime must be a valid date')],
        'item.items.1': [expect.stringContaining('Field')],
        'item.items.1.mood': [expect.stringMatching(/^.{1,201}$/)],
        n: ['must not be null'],
        none: ['must be given'],
      },
    });
  });

  test('null for an argument that has a default is refused by name', async () => {
    const { errors } = await run('query ($n: Int) { echo(first: $n) }', { n: null });
    expect(maskError(errors![0]).extensions).toEqual({
      code: 'BAD_USER_INPUT',
      fields: { first: ['must not be null'] },
    });
  });

  test('an operation that is not there is refused', async () => {
    for (const name of ['nope', undefined]) {
      const { data, errors } = await run('query A { thing { id } } query B { thing { id } }', {}, name);
      expect(data).toBeUndefined();
      expect(maskError(errors![0]).extensions).toEqual({ code: 'BAD_USER_INPUT' });
    }
  });

  test('no literal is run as code', async () => {
    const mark = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d';
    for (const literal of [`"${mark}globalThis.ran=1"`, `"\\u005f${mark.slice(1)}globalThis.ran=1"`]) {
      const text = JSON.parse(literal) as string;
      const expected = { echo: { json: text, first: 3 } };
      expect(plain(await run(`{ echo(json: ${literal}) }`))).toEqual(expected);
      expect(plain(await run(`query ($json: JSON = ${literal}) { echo(json: $json) }`))).toEqual(expected);
    }
    expect(globalThis).not.toHaveProperty('ran');
  });

  test('no literal sets a prototype', async () => {
    const { data } = await run('{ echo(json: { __proto__: { admin: true } }) }');
    const { json } = (data as { echo: { json: object } }).echo;
    expect(Object.hasOwn(json, '__proto__')).toBe(true);
    expect('admin' in json).toBe(false);
  });
});

test('keeps nothing of the names of operations that are not there', async () => {
  const [[, executor]] = modes;
  const document = parse('{ thing { id } }');
  const refuse = async (letter: string) => {
    const operationName = letter.repeat(4 * 1024 * 1024);
    await executor.execute({ schema, document, operationName, contextValue: {} });
  };
  await refuse('a');
  const before = heapUsed();
  for (const letter of 'bcdefghijklm') await refuse(letter);
  expect(heapUsed() - before).toBeLessThan(8 * 1024 * 1024);
});

test('compiles a document once, and leaves one with text in it to graphql-js', () => {
  const [[, executor]] = modes;
  const compiled = parse('{ thing { id } }');
  expect(executor.compile(schema, compiled)).not.toBeNull();
  expect(executor.compile(schema, compiled)).toBe(executor.compile(schema, compiled));
  expect(executor.compile(schema, parse('{ echo(json: "text") }'))).toBeNull();
});
