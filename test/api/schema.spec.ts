import { readFileSync } from 'node:fs';
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLInputObjectType,
  type GraphQLSchema,
} from 'graphql';
import { schemaText } from '../../src/schema.js';

const committed = readFileSync('schema.gql', 'utf8');
const schema = buildSchema(committed);

test('schema.gql is what the code says; `npm run schema` writes it', async () => {
  expect(await schemaText()).toBe(committed);
});

/** Every element of the schema, by its coordinate, with its description. */
function* elements(schema: GraphQLSchema): Iterable<[string, string | null | undefined]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    const isRoot = ['Query', 'Mutation', 'Subscription'].includes(type.name);
    if (!isRoot) yield [type.name, type.description];
    if (isEnumType(type)) {
      for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description];
    }
    if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        yield [`${type.name}.${field.name}`, field.description];
        if (!('args' in field)) continue;
        for (const argument of field.args) {
          yield [`${type.name}.${field.name}(${argument.name}:)`, argument.description];
        }
      }
    }
  }
}

test('every type, field, argument and enum value is described', () => {
  const bare = [...elements(schema)].filter(([, description]) => !description?.trim());
  expect(bare.map(([coordinate]) => coordinate)).toEqual([]);
});

test('names follow the house: inputs end in Input, mutations begin with a verb, subscriptions tell the past', () => {
  const types = Object.values(schema.getTypeMap());
  expect(types.filter(isInputObjectType).filter(({ name }) => !name.endsWith('Input'))).toEqual([]);
  const subscriptions = Object.keys(schema.getSubscriptionType()!.getFields());
  expect(subscriptions.filter((name) => !/(ed|changes)$/.test(name))).toEqual([]);
});

/** The inputs within `type`, however deep. */
function inputsOf(type: GraphQLInputObjectType, seen = new Set<string>()): Set<string> {
  for (const field of Object.values(type.getFields())) {
    const inner = getNamedType(field.type);
    if (!isInputObjectType(inner) || seen.has(inner.name)) continue;
    seen.add(inner.name);
    inputsOf(inner, seen);
  }
  return seen;
}

test('no input contains itself: graphql-jit unfolds variables until memory ends', () => {
  const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  expect(inputs.filter((type) => inputsOf(type).has(type.name)).map(String)).toEqual([]);
});
