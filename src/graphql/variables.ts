import {
  coerceInputValue,
  isInputType,
  isNonNullType,
  typeFromAST,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { BadUserInputError } from '../common/errors.js';

const MAX_REASON = 200;

/** Reasons quote what was sent, which may be a megabyte, and suggest names, which introspection may hide. */
function tidy(reason: string): string {
  const text = reason.replace(/ Did you mean [^?]*\?/g, '');
  return text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)}…` : text;
}

/**
 * What is wrong with the variables, by the path of each wrong value. graphql-js says it in a sentence, graphql-jit
 * in another without the path: this is computed once one of them has refused, so the answer is the same with both.
 */
export function variableError(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): BadUserInputError | undefined {
  const fields: Record<string, string[]> = {};
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    if (!isInputType(type)) continue;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) {
      if (isNonNullType(type) && !defaultValue) fields[name] = ['must be given'];
    } else if (value === null) {
      if (isNonNullType(type)) fields[name] = ['must not be null'];
    } else {
      coerceInputValue(value, type, (path, _, error) => {
        fields[[name, ...path].join('.')] = [tidy(error.message)];
      });
    }
  }
  return Object.keys(fields).length > 0 ? new BadUserInputError(fields) : undefined;
}
