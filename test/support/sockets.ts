import { once } from 'node:events';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket, type ClientOptions } from 'ws';

/** A graphql-ws client as applications use it: it reconnects by itself, unless it is told not to. */
export function connect(wsUrl: string, token: string, retryAttempts = Infinity): Client {
  return createClient({
    url: wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    shouldRetry: () => true,
  });
}

/** What one subscription was given. */
export interface Watch {
  readonly events: any[];
  readonly errors: any[];
  /** Resolves with the events once there are so many. */
  atLeast(count: number): Promise<any[]>;
  /** Resolves with the events when the server has ended the subscription. */
  readonly ended: Promise<any[]>;
  stop(): void;
}

export function watch(client: Client, query: string, variables: Record<string, unknown> = {}): Watch {
  const events: any[] = [];
  const errors: any[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<any[]>();
  const stop = client.subscribe<any>(
    { query, variables },
    {
      next: ({ data, errors: failed }) => {
        if (failed) errors.push(...failed);
        else events.push(Object.values(data)[0]);
      },
      error: (error) => errors.push(...(Array.isArray(error) ? error : [error])),
      complete: () => end(events),
    },
  );
  return { events, errors, stop, ended, atLeast: (count) => until(() => events.length >= count && events) };
}

/**
 * Watches by cursor: whenever the connection ends, goes on after the last revision it saw, as the protocol's resume
 * is meant to be used.
 */
export function follow(wsUrl: string, token: () => Promise<string>, field: string, after: number) {
  const revisions: number[] = [];
  const closes: number[] = [];
  let last = after;
  let client: Client | undefined;
  let connected = false;
  let stopped = false;
  const open = (): void => {
    if (stopped) return;
    client = createClient({
      url: wsUrl,
      webSocketImpl: WebSocket,
      connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
      retryAttempts: 0,
      lazy: true,
      on: {
        connected: () => (connected = true),
        closed: (event) => {
          connected = false;
          closes.push((event as CloseEvent).code);
        },
      },
    });
    const again = () => setTimeout(open, 20);
    client.subscribe<any>(
      {
        query: `subscription ($after: Revision) { ${field}(after: $after) { revision } }`,
        variables: { after: last },
      },
      {
        next: ({ data }) => {
          last = data[field].revision;
          revisions.push(last);
        },
        error: again,
        complete: again,
      },
    );
  };
  open();
  return {
    revisions,
    closes,
    /** From the next connection on. */
    moveTo: (url: string) => (wsUrl = url),
    reached: (revision: number) => until(() => last >= revision),
    /** Breaks the connection, if there is one. */
    drop: () => connected && client?.terminate(),
    stop: () => {
      stopped = true;
      void client?.dispose();
    },
  };
}

/** A bare socket, for what no well-behaved client does. */
export async function openSocket(
  wsUrl: string,
  token?: string,
  options: ClientOptions & { protocol?: string; actsFor?: string } = {},
) {
  const { protocol = 'graphql-transport-ws', actsFor, ...rest } = options;
  const socket = new WebSocket(wsUrl, protocol, rest);
  const messages: any[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
  socket.on('error', () => undefined);
  await once(socket, 'open');
  const send = (message: object | string) =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const answer = (type: string, id?: string) =>
    until(() => messages.find((message) => message.type === type && (id === undefined || message.id === id)));
  if (token !== undefined) {
    const authorization = `Bearer ${token}`;
    send({ type: 'connection_init', payload: { authorization, 'x-recollect-user': actsFor } });
    await answer('connection_ack');
  }
  const subscribe = (query: string, extra: object = {}, id = '1') =>
    send({ id, type: 'subscribe', payload: { query, ...extra } });
  return { socket, messages, closed, send, answer, subscribe };
}

export async function until<T>(
  condition: () => T | false | undefined | null,
  milliseconds = 60_000,
): Promise<T> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const value = condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error('It did not come to be in time.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
