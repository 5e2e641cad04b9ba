import type { Fetcher, FetcherParams, Observable } from '@graphiql/toolkit';
import { getOperationAST, type ExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';

const endpoint = new URL('../graphql', location.href);
const socketEndpoint = new URL(endpoint);
socketEndpoint.protocol = endpoint.protocol.replace('http', 'ws');

/** Queries and mutations over HTTP, subscriptions over a WebSocket of their own. */
export const fetcher: Fetcher = (params, options) => {
  const headers = (options?.headers ?? {}) as Record<string, string>;
  const operation = options?.documentAST && getOperationAST(options.documentAST, params.operationName);
  return operation?.operation === 'subscription' ? subscribe(params, headers) : post(params, headers);
};

async function post(params: FetcherParams, headers: Record<string, string>): Promise<ExecutionResult> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { accept: 'application/graphql-response+json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(params),
  });
  return (await response.json()) as ExecutionResult;
}

function subscribe(params: FetcherParams, headers: Record<string, string>): Observable<ExecutionResult> {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const client = createClient({
    url: socketEndpoint.href,
    connectionParams: authorization ? { authorization } : {},
    // Retrying would repeat the same `after`: better to show that the stream ended.
    retryAttempts: 0,
  });
  const request = { ...params, variables: params.variables as Record<string, unknown> | undefined };
  return {
    subscribe: (observer: unknown) => {
      const sink = observer as { next(value: unknown): void; error(reason: unknown): void; complete(): void };
      const unsubscribe = client.subscribe(request, {
        next: (value) => sink.next(value),
        complete: () => sink.complete(),
        error: (reason) => sink.error(reason instanceof CloseEvent ? closed(reason) : reason),
      });
      return { unsubscribe };
    },
  };
}

function closed({ code, reason }: CloseEvent): Error {
  return new Error(`The server closed the stream: ${code} ${reason}`);
}
