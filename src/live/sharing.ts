import { Kind, visit, type ASTNode, type DocumentNode, type OperationDefinitionNode } from 'graphql';

/** The root field's argument that says where a stream starts and nothing about what its events look like. */
const CURSOR_ARGUMENT = 'after';

const relevantVariables = new WeakMap<OperationDefinitionNode, string[]>();

/**
 * Equal for subscriptions of a user whose events look the same: same document, operation, and variables, except
 * variables that are used for nothing but the cursor, which differs from client to client.
 */
export function sharingKey(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): string {
  let relevant = relevantVariables.get(operation);
  if (!relevant) relevantVariables.set(operation, (relevant = findRelevantVariables(document, operation)));
  const given = relevant
    .filter((name) => Object.hasOwn(variables, name))
    .map((name) => [name, variables[name]]);
  return JSON.stringify([operation.name?.value ?? null, given, query]);
}

function findRelevantVariables(document: DocumentNode, operation: OperationDefinitionNode): string[] {
  const cursors = new Set<ASTNode>();
  for (const field of operation.selectionSet.selections) {
    if (field.kind !== Kind.FIELD) continue;
    for (const { name, value } of field.arguments ?? []) {
      if (name.value === CURSOR_ARGUMENT) cursors.add(value);
    }
  }
  const names = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: (node) => {
      if (!cursors.has(node)) names.add(node.name.value);
    },
  });
  return [...names].sort();
}
