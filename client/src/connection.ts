import { createClient, type Client } from 'graphql-ws';
import { dataOf, UnreachableError } from './errors.js';
import { whenOnline } from './online.js';
import type { TypedDocumentString } from './operations.js';

export interface ConnectionOptions {
  /** Where GraphQL is served over HTTP, such as `https://memory.example.com/graphql`; subscriptions use the same. */
  url: string;
  /** Gives the access token or service key for each request and each connection; null for an anonymous caller. */
  token?: () => Promise<string | null>;
  /** `channel:id` of the external user that a service key acts for. */
  actingFor?: string;
}

export interface Subscriber<Data> {
  next: (data: Data) => void;
  /** The server refused the subscription; it has ended. A lost connection is no error: it is resumed. */
  error: (reason: unknown) => void;
}

const REQUEST_MILLISECONDS = 30_000;
const LONGEST_PAUSE_MILLISECONDS = 10_000;

/** Queries and mutations over HTTP, subscriptions over one WebSocket that reconnects and misses nothing. */
export class Connection {
  private socket: Client | undefined;

  constructor(private readonly options: ConnectionOptions) {}

  /** Throws a RecollectError when it is refused, an UnreachableError when nobody answers. */
  async run<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const { url, actingFor } = this.options;
    const token = await this.token();
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(actingFor && { 'x-recollect-user': actingFor }),
      },
      body: JSON.stringify({ query: document.toString(), variables }),
      signal: AbortSignal.timeout(REQUEST_MILLISECONDS),
    }).catch((cause: unknown) => {
      throw new UnreachableError(`Nothing answers at ${url}.`, { cause });
    });
    const answer = (await response.json().catch((cause: unknown) => {
      throw new UnreachableError(`What answers at ${url} is not Recollect (${response.status}).`, { cause });
    })) as { data?: Data };
    return dataOf(answer);
  }

  /**
   * Calls `next` for each event until the returned function is called. Whenever the connection breaks it is made
   * again, and goes on after the last `revision` seen: nothing is lost, nothing comes twice.
   */
  subscribe<Data, Variables extends { after?: number | null | undefined }>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    { next, error }: Subscriber<Data>,
  ): () => void {
    const cursor: Record<string, unknown> = { ...variables };
    this.socket ??= this.connect();
    return this.socket.subscribe<Data>(
      { query: document.toString(), variables: cursor },
      {
        next: (answer) => {
          let data: Data;
          try {
            data = dataOf(answer as { data?: Data });
          } catch (reason) {
            error(reason);
            return;
          }
          // Sent again with the next connection.
          for (const event of Object.values(data as Record<string, { revision?: number } | null>)) {
            if (event?.revision !== undefined) cursor.after = event.revision;
          }
          next(data);
        },
        error: (reason) => error(Array.isArray(reason) ? refusal(reason) : reason),
        complete: () => undefined,
      },
    );
  }

  async close(): Promise<void> {
    await this.socket?.dispose();
    this.socket = undefined;
  }

  private async token(): Promise<string | null> {
    return (await this.options.token?.()) ?? null;
  }

  private connect(): Client {
    return createClient({
      url: this.options.url.replace(/^http/, 'ws'),
      connectionParams: async () => {
        const token = await this.token();
        return {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(this.options.actingFor && { 'x-recollect-user': this.options.actingFor }),
        };
      },
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      retryWait: (retries) => pauseUnlessOnline(Math.min(100 * 2 ** retries, LONGEST_PAUSE_MILLISECONDS)),
    });
  }
}

function pauseUnlessOnline(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    const stop = whenOnline(done);
  });
}

function refusal(errors: readonly { message: string }[]): unknown {
  try {
    return dataOf({ errors });
  } catch (reason) {
    return reason;
  }
}
