import { Inject, Injectable } from '@nestjs/common';
import {
  BREAK,
  execute,
  getOperationAST,
  GraphQLError,
  Kind,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type OperationDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import { CONFIG, type Config } from '../config/config.js';
import { variableError } from './variables.js';

type PromiseOr<T> = T | Promise<T>;

/**
 * graphql-jit pastes literals into the source that it compiles: a text with its mark of a date runs as code, a key
 * `__proto__` sets the prototype, and a variable within a JSON literal is lost. Whatever clients vary belongs in
 * variables, so documents with texts, objects or lists in them are left to the reference executor, and so are those
 * in which something is named `__proto__`: as a variable or an alias it would be lost. A variable that must not be null
 * it demands even where it has a default.
 */
function isCompilable(document: DocumentNode): boolean {
  let compilable = true;
  const refuse = () => {
    compilable = false;
    return BREAK;
  };
  visit(document, {
    StringValue: refuse,
    ObjectValue: refuse,
    ListValue: refuse,
    VariableDefinition: ({ type, defaultValue }) =>
      type.kind === Kind.NON_NULL_TYPE && defaultValue ? refuse() : undefined,
    Name: ({ value }) => (value === '__proto__' ? refuse() : undefined),
  });
  return compilable;
}

/** graphql-jit's errors look like GraphQLErrors, and lack what Apollo and the error mask read. */
function realError(error: GraphQLError): GraphQLError {
  const { message, path, locations, originalError } = error;
  const real = new GraphQLError(message, { path, originalError });
  Object.defineProperty(real, 'locations', { value: locations, enumerable: true });
  return real;
}

/**
 * Runs operations, compiled where possible: each once, for as long as its document itself is kept.
 * A getter of a model must not throw: compiled code catches what resolvers throw, and nothing else.
 */
@Injectable()
export class Executor {
  private readonly compiled = new WeakMap<OperationDefinitionNode, CompiledQuery | null>();

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** The compiled operation; null when it is left to the reference executor, which also words its errors. */
  compile(
    schema: ExecutionArgs['schema'],
    document: DocumentNode,
    operationName?: string | null,
  ): CompiledQuery | null {
    const operation = getOperationAST(document, operationName);
    if (!operation) return null;
    let compiled = this.compiled.get(operation);
    if (compiled === undefined) {
      const query = isCompilable(document)
        ? compileQuery(schema, document, operation.name?.value ?? '', { disablingCapturingStackErrors: true })
        : null;
      compiled = query && isCompiledQuery(query) ? query : null;
      this.compiled.set(operation, compiled);
    }
    return compiled;
  }

  execute(args: ExecutionArgs): PromiseOr<ExecutionResult> {
    const { schema, document, operationName, rootValue, contextValue, variableValues } = args;
    const compiled = this.config.GRAPHQL_JIT ? this.compile(schema, document, operationName) : null;
    const result = compiled ? compiled.query(rootValue, contextValue, variableValues) : execute(args);
    return 'then' in result
      ? result.then((settled) => this.finish(args, settled, compiled !== null))
      : this.finish(args, result, compiled !== null);
  }

  private finish(args: ExecutionArgs, result: ExecutionResult, isCompiled: boolean): ExecutionResult {
    if (!result.errors) return result;
    if (result.data === undefined) {
      const operation = getOperationAST(args.document, args.operationName);
      const error = operation && variableError(args.schema, operation, args.variableValues ?? {});
      if (error) return { errors: [error] };
    }
    return isCompiled ? { ...result, errors: result.errors.map(realError) } : result;
  }
}
