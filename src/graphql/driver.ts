import { ApolloServer, HeaderMap, type ApolloServerOptions, type HTTPGraphQLRequest } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AbstractGraphQLDriver, type GqlModuleOptions } from '@nestjs/graphql';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { identify } from './caller.js';
import { contentTypes } from './content-types.js';
import { costError } from './cost.js';
import { Authenticator, type GraphQLContext } from './context.js';
import { maskError } from './error-mask.js';
import { Executor } from './executor.js';
import { documentCache, OperationPolicy } from './operation-policy.js';
import { operationPlugin, type OperationRequest } from './operation.plugin.js';

/** What Apollo reads of a request: content negotiation and its protection against forged cross-site requests. */
const READ_HEADERS = ['accept', 'content-type', 'apollo-require-preflight', 'x-apollo-operation-name'];

/**
 * Serves the schema with Apollo on Fastify. Not @nestjs/apollo's driver: its hooks run on every request, and it
 * knows the schema too late to put an executor of our own behind Apollo.
 */
@Injectable()
export class GraphQLDriver extends AbstractGraphQLDriver<GqlModuleOptions> {
  private server?: ApolloServer<GraphQLContext>;

  constructor(
    private readonly modules: ModuleRef,
    private readonly executor: Executor,
    private readonly policy: OperationPolicy,
  ) {
    super();
  }

  async start(options: GqlModuleOptions): Promise<void> {
    const { schema, path = '/graphql' } = options;
    if (!schema) throw new Error('The schema must be generated before the driver starts.');
    const server = new ApolloServer<GraphQLContext>(this.serverOptions(schema));
    await server.start();
    this.server = server;
    const authenticator = this.modules.get(Authenticator, { strict: false });
    const fastify = this.httpAdapterHost.httpAdapter.getInstance<FastifyInstance>();
    fastify.decorateRequest('caller');
    fastify.route({
      url: path,
      method: ['GET', 'POST'],
      preParsing: identify(authenticator),
      handler: handlerOf(server),
    });
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  private serverOptions(schema: GraphQLSchema): ApolloServerOptions<GraphQLContext> {
    return {
      schema,
      // Hiding is the policy's, over HTTP and WebSocket alike.
      introspection: true,
      validationRules: this.policy.rules,
      validationOptions: this.policy.validationOptions,
      parseOptions: this.policy.parseOptions,
      documentStore: documentStore(),
      persistedQueries: false,
      csrfPrevention: true,
      includeStacktraceInErrorResponses: false,
      stopOnTerminationSignals: false,
      formatError: (_, error) => maskError(error),
      plugins: [
        operationPlugin((request) => this.run(request)),
        ApolloServerPluginCacheControlDisabled(),
        ApolloServerPluginInlineTraceDisabled(),
        ApolloServerPluginLandingPageDisabled(),
        ApolloServerPluginSchemaReportingDisabled(),
        ApolloServerPluginUsageReportingDisabled(),
      ],
    };
  }

  private run({ schema, document, operation, request, contextValue }: OperationRequest) {
    const refusal = refusalOf(schema, document, operation, request.variables);
    if (refusal) return { errors: [refusal] };
    return this.executor.execute({
      schema,
      document,
      operationName: request.operationName,
      contextValue,
      variableValues: request.variables,
    });
  }
}

function refusalOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown> = {},
): GraphQLError | undefined {
  return operation.operation === OperationTypeNode.SUBSCRIPTION
    ? new GraphQLError('Subscriptions are served over WebSocket (graphql-ws).')
    : costError(schema, document, operation, variables);
}

function documentStore(): NonNullable<ApolloServerOptions<GraphQLContext>['documentStore']> {
  const cache = documentCache<DocumentNode>((document) => document);
  return {
    get: (key) => Promise.resolve(cache.get(key)),
    set: (key, document) => Promise.resolve(void cache.set(key, document)),
    delete: (key) => Promise.resolve(cache.delete(key)),
  };
}

function handlerOf(server: ApolloServer<GraphQLContext>) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<string> => {
    const { status, headers, body } = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: apolloRequest(request),
      context: async () => ({ ...request.caller, remoteAddress: request.ip, loaders: new Map() }),
    });
    const { accept = '' } = request.headers;
    const contentType = headers.get('content-type');
    // What is refused may be answered in a type that was not asked for.
    if (status === undefined && contentType && !contentTypes.has(accept)) {
      contentTypes.set(accept, contentType);
    }
    for (const [name, value] of headers) void reply.header(name, value);
    // Even a public answer may be taken back: what was shared, at the latest.
    void reply.header('cache-control', 'no-store');
    void reply.code(status ?? 200);
    if (body.kind !== 'complete') throw new Error('Incremental delivery is not offered.');
    return body.string;
  };
}

function apolloRequest({ method, url, headers, body }: FastifyRequest): HTTPGraphQLRequest {
  const read = new HeaderMap();
  for (const name of READ_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string') read.set(name, value);
  }
  const query = url.indexOf('?');
  return { method, headers: read, body, search: query === -1 ? '' : url.slice(query) };
}
