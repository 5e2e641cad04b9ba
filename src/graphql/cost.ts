import {
  getNamedType,
  GraphQLError,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import { DEFAULT_PAGE } from '../common/pagination.js';

/** Fields a document may select, those of a fragment counted wherever it is spread. */
export const MAX_FIELDS = 400;
/** Fields an answer may hold when every page is full. */
export const MAX_COST = 50_000;

const PAGE_ARGUMENTS = new Set(['first', 'last', 'limit']);

type Variables = Readonly<Record<string, unknown>>;

/**
 * Refuses documents that repeat themselves, by hand or by fragments: graphql-jit compiles a field as often as it is
 * selected (26 fragments that spread each other twice took it 18 s).
 */
export const maxFieldsRule: ValidationRule = (context) => {
  const ofFragment = new Map<string, number>();

  const within = ({ selections }: SelectionSetNode): number => {
    let sum = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) sum += fragment(selection.name.value);
      else {
        if (selection.kind === Kind.FIELD) sum += 1;
        if (selection.selectionSet) sum += within(selection.selectionSet);
      }
    }
    return sum;
  };

  const fragment = (name: string): number => {
    let sum = ofFragment.get(name);
    if (sum === undefined) {
      ofFragment.set(name, 0); // Circles are refused by a rule of their own, which may run after this one.
      const definition = context.getFragment(name);
      sum = definition ? within(definition.selectionSet) : 0;
      ofFragment.set(name, sum);
    }
    return sum;
  };

  return {
    OperationDefinition: ({ selectionSet }) => {
      const fields = within(selectionSet);
      if (fields <= MAX_FIELDS) return;
      context.reportError(
        new GraphQLError(`The document selects ${fields} fields; at most ${MAX_FIELDS} are allowed.`),
      );
    },
  };
};

/** Counts the fields an answer can hold. Knows the variables, which graphql-armor's cost does not. */
class Count {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly ofFragment = new Map<string, number>();
  readsVariables = false;

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    private readonly variables: Variables,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    }
  }

  total(): number {
    return this.within(
      this.operation.selectionSet,
      this.schema.getRootType(this.operation.operation) ?? undefined,
    );
  }

  private within(set: SelectionSetNode, type: GraphQLNamedOutputType | undefined): number {
    let sum = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) sum += this.field(selection, type);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) sum += this.fragment(selection.name.value);
      else
        sum += this.within(selection.selectionSet, this.typeOf(selection.typeCondition?.name.value) ?? type);
    }
    return sum;
  }

  private field(node: FieldNode, type: GraphQLNamedOutputType | undefined): number {
    const composite = isObjectType(type) || isInterfaceType(type);
    const definition = composite ? type.getFields()[node.name.value] : undefined;
    // What describes the schema itself is as large as the schema and no larger.
    if (!definition || !node.selectionSet) return 1;
    return (
      1 + this.pageSize(node, definition) * this.within(node.selectionSet, getNamedType(definition.type))
    );
  }

  /** Each fragment is walked once, however often it is spread. */
  private fragment(name: string): number {
    let sum = this.ofFragment.get(name);
    if (sum === undefined) {
      const fragment = this.fragments.get(name);
      sum = fragment ? this.within(fragment.selectionSet, this.typeOf(fragment.typeCondition.name.value)) : 0;
      this.ofFragment.set(name, sum);
    }
    return sum;
  }

  private typeOf(name: string | undefined): GraphQLNamedOutputType | undefined {
    const type = name === undefined ? undefined : this.schema.getType(name);
    return isCompositeType(type) ? type : undefined;
  }

  private pageSize(node: FieldNode, definition: GraphQLField<unknown, unknown>): number {
    const paging = definition.args.filter((argument) => PAGE_ARGUMENTS.has(argument.name));
    if (paging.length === 0) return 1;
    for (const { name, value } of node.arguments ?? []) {
      if (!PAGE_ARGUMENTS.has(name.value)) continue;
      if (value.kind === Kind.INT) return atLeastOne(Number(value.value));
      if (value.kind === Kind.VARIABLE) {
        const given = this.variable(value.name.value);
        if (given !== undefined) return atLeastOne(given);
      }
    }
    const fallback = paging
      .map((argument) => argument.defaultValue)
      .find((value) => typeof value === 'number');
    return fallback ?? DEFAULT_PAGE;
  }

  private variable(name: string): number | undefined {
    this.readsVariables = true;
    const value = this.variables[name];
    if (typeof value === 'number') return value;
    const definition = this.operation.variableDefinitions?.find(
      ({ variable }) => variable.name.value === name,
    );
    return value === undefined && definition?.defaultValue?.kind === Kind.INT
      ? Number(definition.defaultValue.value)
      : undefined;
  }
}

/** A negative page would pay for the others. */
const atLeastOne = (size: number): number => Math.max(1, size);

const affordable = new WeakSet<OperationDefinitionNode>();

/** The refusal of an operation whose answer could grow too large. The document must be valid. */
export function costError(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): GraphQLError | undefined {
  if (affordable.has(operation)) return undefined;
  const count = new Count(schema, document, operation, variables);
  const cost = count.total();
  if (cost > MAX_COST) {
    return new GraphQLError(
      `The answer could hold ${cost} fields; at most ${MAX_COST} are allowed. Ask for smaller pages.`,
    );
  }
  if (!count.readsVariables) affordable.add(operation);
  return undefined;
}
