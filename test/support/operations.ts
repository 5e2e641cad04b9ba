import {
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

export type Root = 'Query' | 'Mutation' | 'Subscription';

/** Where a value lies in the variables of an operation, such as `['items', 0, 'sessionId']`. */
export type Path = (string | number)[];

export interface RootField {
  root: Root;
  name: string;
  field: GraphQLField<unknown, unknown>;
  /**
   * An operation of this field alone, its arguments as variables and all fields selected, none within its own type and as
   * deep as may be: three levels or two.
   */
  operation: string;
}

/** Fewer than a document may select. */
const MOST_FIELDS = 390;

const samples: Record<string, unknown> = {
  Boolean: true,
  DateTime: '2026-11-21T10:46:00.000Z',
  Int: 1,
  JSON: {},
  Revision: 0,
  String: 'text',
  UUID: '0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d',
};

/** Every field of Query, Mutation and Subscription. */
export function rootFields(schema: GraphQLSchema): RootField[] {
  return (['Query', 'Mutation', 'Subscription'] as const).flatMap((root) => {
    const fields = Object.values(
      (schema.getType(root) as { getFields?(): object } | undefined)?.getFields?.() ?? {},
    );
    return (fields as GraphQLField<unknown, unknown>[]).map((field) => ({
      root,
      name: field.name,
      field,
      operation: operationOf(root, field),
    }));
  });
}

function operationOf(root: Root, { name, args, type: result }: GraphQLField<unknown, unknown>): string {
  const list = (items: string[]) => (items.length > 0 ? `(${items.join(', ')})` : '');
  // What has a default is left to it: a variable of a type that is not null would have to be given.
  const asked = args.filter(({ type, defaultValue }) => !isNonNullType(type) || defaultValue === undefined);
  const variables = list(asked.map((argument) => `$${argument.name}: ${String(argument.type)}`));
  const given = list(asked.map((argument) => `${argument.name}: $${argument.name}`));
  const deep = selectionOf(result, 3);
  const selection = (deep.match(/\w+/g) ?? []).length < MOST_FIELDS ? deep : selectionOf(result, 2);
  return `${root.toLowerCase()} ${variables} { ${name}${given} ${selection} }`;
}

function selectionOf(type: GraphQLOutputType, depth: number, within: readonly string[] = []): string {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return '';
  const path = [...within, named.name];
  const fields = isObjectType(named) ? Object.values(named.getFields()) : [];
  const selected = fields
    .filter((field) => !field.args.some((argument) => isNonNullType(argument.type)))
    .filter((field) => depth > 1 || !isCompositeType(getNamedType(field.type)))
    .filter((field) => !path.includes(getNamedType(field.type).name))
    .map((field) => `${field.name} ${selectionOf(field.type, depth - 1, path)}`);
  return `{ __typename ${selected.join(' ')} }`;
}

type Input = GraphQLArgument | GraphQLInputField;

/** The least variables that the field accepts; `extra` adds optional values by coordinate, such as `AInput.b`. */
export function variablesOf(
  field: GraphQLField<unknown, unknown>,
  extra: Record<string, unknown>,
): Record<string, unknown> {
  return objectOf(field.args, '', extra);
}

function objectOf(
  inputs: readonly Input[],
  owner: string,
  extra: Record<string, unknown>,
): Record<string, unknown> {
  const entries = inputs.flatMap(({ name, type, defaultValue }) => {
    const coordinate = `${owner}.${name}`;
    if (coordinate in extra) return [[name, extra[coordinate]]];
    return isNonNullType(type) && defaultValue === undefined ? [[name, sampleOf(type, extra)]] : [];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function sampleOf(type: GraphQLInputType, extra: Record<string, unknown>): unknown {
  if (isNonNullType(type)) return sampleOf(type.ofType, extra);
  if (isListType(type)) return [sampleOf(type.ofType, extra)];
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type)) return objectOf(Object.values(type.getFields()), type.name, extra);
  return samples[type.name];
}

/** The place of each UUID that the field takes, with the input or field it belongs to. */
export function idPaths(field: GraphQLField<unknown, unknown>): { path: Path; owner: string }[] {
  const found: { path: Path; owner: string }[] = [];
  const walk = (type: GraphQLInputType, path: Path, owner: string): void => {
    if (isNonNullType(type)) walk(type.ofType, path, owner);
    else if (isListType(type)) walk(type.ofType, [...path, 0], owner);
    else if (isInputObjectType(type)) {
      for (const inner of Object.values(type.getFields())) walk(inner.type, [...path, inner.name], type.name);
    } else if (type.name === 'UUID') found.push({ path, owner });
  };
  for (const argument of field.args) walk(argument.type, [argument.name], field.name);
  return found;
}

/** A copy of `variables` with `value` at `path`. */
export function withValue(
  variables: Record<string, unknown>,
  path: Path,
  value: unknown,
): Record<string, unknown> {
  const copy = structuredClone(variables);
  let place = copy as Record<string | number, unknown>;
  for (const [index, key] of path.slice(0, -1).entries()) {
    place[key] ??= typeof path[index + 1] === 'number' ? [] : {};
    place = place[key] as Record<string | number, unknown>;
  }
  place[path.at(-1)!] = value;
  return copy;
}
