import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { Inject, Injectable } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLError,
  type ParseOptions,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { CONFIG, type Config } from '../config/config.js';
import { costError, maxFieldsRule } from './cost.js';
import { variableError } from './variables.js';

export const MAX_TOKENS = 2000;
export const MAX_DEPTH = 12;
export const MAX_ALIASES = 30;
export const MAX_DIRECTIVES = 9;

/** Of all cached texts together. What is compiled from them is fifty times as large. */
const CACHED_CHARACTERS = 1024 * 1024;

/** graphql-armor throws by default, which Apollo takes for a failure of its own. */
const report = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(error)],
};

/** A cache of parsed documents, bounded by number and by the size of the texts they were parsed from. */
export function documentCache<Value extends object>(documentOf: (value: Value) => DocumentNode) {
  return new LRUCache<string, Value>({
    max: 1000,
    maxSize: CACHED_CHARACTERS,
    sizeCalculation: (value) => (documentOf(value).loc?.source.body.length ?? 0) + 1,
  });
}

/** What operations may look like, the same over HTTP and WebSocket. */
@Injectable()
export class OperationPolicy {
  readonly parseOptions: ParseOptions = { maxLexicalTokens: MAX_TOKENS };
  readonly rules: ValidationRule[];
  readonly validationOptions: { maxErrors: number; hideSuggestions: boolean };

  private readonly checked = documentCache<{ document: DocumentNode; errors?: readonly GraphQLError[] }>(
    ({ document }) => document,
  );

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly schemaHost: GraphQLSchemaHost,
  ) {
    // Suggestions would spell out, name by name, the schema that introspection hides.
    this.validationOptions = { maxErrors: 20, hideSuggestions: !config.INTROSPECTION };
    this.rules = [
      maxDepthRule({ ...report, n: MAX_DEPTH, flattenFragments: true }),
      // The default lets any number of aliases of `__typename` through.
      maxAliasesRule({ ...report, n: MAX_ALIASES, allowList: [] }),
      maxDirectivesRule({ ...report, n: MAX_DIRECTIVES }),
      maxFieldsRule,
      ...(config.INTROSPECTION ? [] : [NoSchemaIntrospectionCustomRule]),
    ] as ValidationRule[];
  }

  /** Throws a GraphQLError for bad syntax and for more than {@link MAX_TOKENS} tokens. */
  parse(query: string): DocumentNode {
    const known = this.checked.get(query);
    if (known) return known.document;
    const document = parse(query, this.parseOptions);
    this.checked.set(query, { document });
    return document;
  }

  /** Every reason why the operation is refused; none when it may run. */
  validate(
    document: DocumentNode,
    variables?: Record<string, unknown> | null,
    operationName?: string | null,
  ): readonly GraphQLError[] {
    const { schema } = this.schemaHost;
    const entry = this.checked.get(document.loc?.source.body ?? '');
    let errors = entry?.document === document ? entry.errors : undefined;
    if (!errors) {
      errors = validate(schema, document, [...specifiedRules, ...this.rules], this.validationOptions);
      if (entry?.document === document) entry.errors = errors;
    }
    if (errors.length > 0) return errors;
    const operation = getOperationAST(document, operationName);
    if (!operation) return [];
    const error =
      variableError(schema, operation, variables ?? {}) ??
      costError(schema, document, operation, variables ?? {});
    return error ? [error] : [];
  }
}
