import { Injectable } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  createSourceEventStream,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
} from 'graphql';
import type { Context, ServerOptions, SubscribePayload } from 'graphql-ws';
import { BadUserInputError } from '../common/errors.js';
import type { GraphQLContext } from '../graphql/context.js';
import { maskError } from '../graphql/error-mask.js';
import { Executor } from '../graphql/executor.js';
import { OperationPolicy } from '../graphql/operation-policy.js';
import { CloseCode, type Connection } from './connection.js';
import { LiveStream, type Sink } from './live-stream.js';
import { LiveService } from './live.service.js';
import { sharingKey } from './sharing.js';

const MAX_SUBSCRIPTIONS_PER_SOCKET = 100;
/** It is repeated with every event. */
const MAX_ID_LENGTH = 128;

type SocketOptions = ServerOptions<Record<string, unknown>, Connection>;
type SocketContext = Context<Record<string, unknown>, Connection>;

interface SubscriptionArgs extends ExecutionArgs {
  contextValue: GraphQLContext;
  connection: Connection;
  id: string;
  sharing: string;
}

/** What graphql-ws asks of us about each subscription: whether it may run, and to run it. */
@Injectable()
export class Subscriptions {
  readonly hooks: Pick<SocketOptions, 'onSubscribe' | 'subscribe' | 'onNext' | 'onError'> = {
    onSubscribe: (context, id, payload) => {
      try {
        return this.check(context, id, payload);
      } catch (error) {
        // What graphql-js throws at an operation is about this one: the others of the socket go on.
        return [
          error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error }),
        ];
      }
    },
    subscribe: (args) => this.start(args as SubscriptionArgs),
    onNext: (_context, _id, _payload, _args, result) => masked(result),
    onError: (_context, _id, _payload, errors) => errors.map(maskError),
  };

  constructor(
    private readonly schemaHost: GraphQLSchemaHost,
    private readonly policy: OperationPolicy,
    private readonly executor: Executor,
    private readonly live: LiveService,
  ) {}

  /** The same limits and rules as over HTTP. */
  private check(
    { extra: connection, subscriptions }: SocketContext,
    id: string,
    { query, variables, operationName }: SubscribePayload,
  ): SubscriptionArgs | readonly GraphQLError[] {
    if (id.length > MAX_ID_LENGTH) {
      connection.close(CloseCode.BAD_REQUEST, `An id has at most ${MAX_ID_LENGTH} characters`);
      return [new BadUserInputError({ id: ['is too long'] })];
    }
    // Counted twice, because what is completed while it opens no longer counts as a subscription.
    const open = Math.max(Object.keys(subscriptions).length, connection.opening + 1);
    if (open > MAX_SUBSCRIPTIONS_PER_SOCKET) {
      return [
        new BadUserInputError({ id: [`is one of more than ${MAX_SUBSCRIPTIONS_PER_SOCKET} on a socket`] }),
      ];
    }
    const document = this.policy.parse(query);
    const errors = this.policy.validate(document, variables, operationName);
    if (errors.length > 0) return errors;
    const operation = getOperationAST(document, operationName);
    if (!operation) return [new GraphQLError('Name which operation to run.')];
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
      return [new BadUserInputError({ query: ['must be a subscription; the others are served over HTTP'] })];
    }
    const { viewer, remoteAddress } = connection;
    return {
      schema: this.schemaHost.schema,
      document,
      operationName,
      variableValues: variables ?? {},
      contextValue: { viewer, remoteAddress, loaders: new Map() },
      connection,
      id,
      sharing: sharingKey(document, operation, query, variables ?? {}),
    };
  }

  /** Lets the field's resolver make the stream, behind guards and pipes; from then on events are pushed. */
  private async start(args: SubscriptionArgs): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
    args.connection.opening++;
    try {
      const stream = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in stream)) return stream;
      if (!(stream instanceof LiveStream)) throw new Error('A subscription must resolve to a LiveStream.');
      return this.push(stream, args);
    } finally {
      args.connection.opening--;
    }
  }

  /**
   * For graphql-ws, a stream that never yields and ends when the client completes it: the frames go to the socket
   * directly. It starts with the first `next()`, once graphql-ws has made sure that it is still wanted.
   */
  private push(stream: LiveStream, args: SubscriptionArgs): AsyncIterable<ExecutionResult> {
    const { counters } = this.live;
    const ended = Promise.withResolvers<IteratorReturnResult<undefined>>();
    let counted = false;
    // The client completes it, or there will be no more; both happen, in either order, when the user is gone.
    const end = (error?: Error) => {
      if (counted) counters.subscriptions--;
      counted = false;
      if (error) ended.reject(error);
      else ended.resolve({ done: true, value: undefined });
    };
    const pushed: AsyncIterableIterator<ExecutionResult> = {
      [Symbol.asyncIterator]: () => pushed,
      next: () => {
        counters.subscriptions++;
        counted = true;
        stream.start(new SocketSink(args, this.executor, counters, end));
        return ended.promise;
      },
      return: () => {
        stream.stop();
        end();
        return ended.promise;
      },
    };
    return pushed;
  }
}

/** Writes the events of one subscription to its socket. */
class SocketSink implements Sink {
  private readonly head: string;

  constructor(
    private readonly args: SubscriptionArgs,
    private readonly executor: Executor,
    private readonly counters: { delivered: number },
    readonly end: (error?: Error) => void,
  ) {
    this.head = `{"id":${JSON.stringify(args.id)},"type":"next","payload":`;
  }

  get sharing(): string {
    return this.args.sharing;
  }

  async render(event: unknown, rootField: string): Promise<string> {
    const { contextValue } = this.args;
    try {
      const result = await this.executor.execute({
        ...this.args,
        rootValue: { [rootField]: event },
        contextValue: { ...contextValue, loaders: new Map() },
      });
      return JSON.stringify(masked(result));
    } catch (error) {
      return JSON.stringify({ errors: [maskError(error)] });
    }
  }

  push(payload: unknown): boolean {
    const { connection } = this.args;
    if (connection.congested) return false;
    connection.send(`${this.head}${payload as string}}`);
    this.counters.delivered++;
    return true;
  }

  drained(): Promise<void> {
    return this.args.connection.drained();
  }
}

function masked(result: ExecutionResult): FormattedExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(maskError) } : result;
}
