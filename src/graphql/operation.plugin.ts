import { channel } from 'node:diagnostics_channel';
import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { Kind, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import type { GraphQLContext } from './context.js';

/** One finished operation, as published on `recollect:operation`. */
export interface OperationEvent {
  /** The root field; `several` for more than one, `invalid` for a request that names none. */
  name: string;
  milliseconds: number;
  errorCodes: string[];
}

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

function publish(ended: Ended, startedAt: number): void {
  const event: OperationEvent = {
    name: nameOf(ended.operation),
    milliseconds: performance.now() - startedAt,
    errorCodes: errorsOf(ended).map((error) => String(error.extensions?.['code'])),
  };
  operationChannel.publish(event);
}

/** Statuses for old clients, and what metrics read. */
export const operationPlugin: ApolloServerPlugin<GraphQLContext> = {
  requestDidStart: () => {
    const startedAt = operationChannel.hasSubscribers ? performance.now() : 0;
    return Promise.resolve({
      willSendResponse: (ended) => {
        soften(ended);
        if (startedAt !== 0) publish(ended, startedAt);
        return Promise.resolve();
      },
    });
  },
};
