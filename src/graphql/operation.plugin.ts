import { channel } from 'node:diagnostics_channel';
import {
  HeaderMap,
  type ApolloServerPlugin,
  type GraphQLRequestContextResponseForOperation,
  type GraphQLRequestContextWillSendResponse,
  type GraphQLResponse,
} from '@apollo/server';
import {
  Kind,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  type OperationDefinitionNode,
} from 'graphql';
import type { ErrorCode } from '../common/errors.js';
import { contentTypes } from './content-types.js';
import type { GraphQLContext } from './context.js';
import { maskError } from './error-mask.js';

/** One finished operation, as published on `recollect:operation`. */
export interface OperationEvent {
  /** The root field; `several` for more than one, `invalid` for a request that names none. */
  name: string;
  milliseconds: number;
  errorCodes: string[];
}

const NO_HEADERS = new HeaderMap();

const operationChannel = channel('recollect:operation');

type Ended = GraphQLRequestContextWillSendResponse<GraphQLContext>;

const names = new WeakMap<OperationDefinitionNode, string>();

/** A label must not multiply with what clients combine, hence one name for all combinations. */
function nameOf(operation: OperationDefinitionNode | undefined): string {
  if (!operation) return 'invalid';
  let name = names.get(operation);
  if (name === undefined) {
    const [first, ...others] = operation.selectionSet.selections;
    name = first?.kind === Kind.FIELD && others.length === 0 ? first.name.value : 'several';
    names.set(operation, name);
  }
  return name;
}

function errorsOf({ response }: Ended): readonly GraphQLFormattedError[] {
  return response.body.kind === 'single' ? (response.body.singleResult.errors ?? []) : [];
}

/**
 * GraphQL over HTTP: a client that accepts nothing newer than application/json takes any 4xx for a failure of the
 * transport, so a request that was understood and refused answers 200 to it.
 */
function soften({ request, response }: Ended): void {
  if (response.http.status !== 400) return;
  const accept = request.http?.headers.get('accept') ?? '';
  if (accept.includes('application/json') && !accept.includes('application/graphql-response+json')) {
    response.http.status = 200;
  }
}

function chooseContentType({ request, response }: Ended): void {
  const known = contentTypes.get(request.http?.headers.get('accept') ?? '');
  if (known) response.http.headers.set('content-type', known);
}

function publish(ended: Ended, startedAt: number): void {
  const event: OperationEvent = {
    name: nameOf(ended.operation),
    milliseconds: performance.now() - startedAt,
    errorCodes: errorsOf(ended).map((error) => String(error.extensions?.['code'])),
  };
  operationChannel.publish(event);
}

/** A valid operation that is to run. */
export type OperationRequest = GraphQLRequestContextResponseForOperation<GraphQLContext>;

type Run = (request: OperationRequest) => ExecutionResult | Promise<ExecutionResult>;

/** What Apollo does with a result of its own: errors masked, and a status for a request that was not executed. */
function answerOf({ data, errors }: ExecutionResult): GraphQLResponse {
  const masked = errors?.map(maskError);
  const isOurs = masked?.[0]?.extensions?.['code'] === ('INTERNAL_SERVER_ERROR' satisfies ErrorCode);
  const status = data === undefined ? (isOurs ? 500 : 400) : undefined;
  return {
    http: { status, headers: NO_HEADERS },
    body: { kind: 'single', singleResult: { data, errors: masked } },
  };
}

async function respond(run: Run, request: OperationRequest): Promise<GraphQLResponse | null> {
  // Absent when `operationName` names none, whatever the type says: Apollo refuses that.
  if (!(request.operation as OperationDefinitionNode | undefined)) return null;
  try {
    return answerOf(await run(request));
  } catch (error) {
    return answerOf({ errors: [error as GraphQLError] });
  }
}

/**
 * Runs operations by our own executor, gives old clients the status they know, and tells metrics. Apollo's way for the
 * first is a gateway, whose request context has accessors of its own for each request: all that the request touched
 * stays until the next full collection of garbage (18 kB a page of 20 interactions, 10 % of the throughput).
 */
export function operationPlugin(run: Run): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: () => {
      const startedAt = operationChannel.hasSubscribers ? performance.now() : 0;
      return Promise.resolve({
        responseForOperation: (request) => respond(run, request),
        willSendResponse: (ended) => {
          soften(ended);
          chooseContentType(ended);
          if (startedAt !== 0) publish(ended, startedAt);
          return Promise.resolve();
        },
      });
    },
  };
}
