import { createClient } from 'graphql-ws';

interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** Nobody listens at the address. */
export class UnreachableError extends Error {}

/** A minimal client of a GraphQL API: queries and mutations over HTTP, subscriptions over graphql-ws. */
export class Client {
  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {}

  withToken(token: string): Client {
    return new Client(this.url, token);
  }

  async run<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...(this.token && { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ query, variables }),
    }).catch((error: unknown) => {
      throw new UnreachableError(`Nothing answers at ${this.url}.`, { cause: error });
    });
    return dataOf((await response.json()) as Answer<Data>);
  }

  /** Calls `onData` for each event until the returned function is called; `onError` when the stream breaks. */
  subscribe<Data>(
    query: string,
    variables: Record<string, unknown>,
    onData: (data: Data) => void,
    onError: (reason: unknown) => void,
  ): () => void {
    const socket = createClient({
      url: this.url.replace(/^http/, 'ws'),
      connectionParams: { authorization: `Bearer ${this.token}` },
      // A retry would have to go on after the last revision seen; this client lives too short to need it.
      retryAttempts: 0,
    });
    return socket.subscribe(
      { query, variables },
      {
        next: (answer) => {
          try {
            onData(dataOf(answer as Answer<Data>));
          } catch (error) {
            onError(error);
          }
        },
        error: onError,
        complete: () => undefined,
      },
    );
  }
}

function dataOf<Data>({ data, errors }: Answer<Data>): Data {
  if (errors?.length) {
    throw new Error(
      errors.map((error) => `${error.extensions?.code ?? 'ERROR'}: ${error.message}`).join('\n'),
    );
  }
  if (!data) throw new Error('The answer holds neither data nor errors.');
  return data;
}
