import pg from 'pg';

/** Who a connection works as: the role that owns nothing, or the one that connects and owns the tables. */
export type Role = 'app' | 'owner';

/** After which a caller must know that the database is away, unless the operator says otherwise. */
const DEFAULT_TIMEOUT_SECONDS = 4;

// What connecting and a small statement may take of it; the rest is the service's own.
const CONNECT_SHARE = 0.375;
const QUERY_SHARE = 0.6;

/** What is large takes time to send and to store, and is no sign of an outage. */
const MILLISECONDS_PER_MEGABYTE = 1000;

/** For statements that cross users in the background. */
const OWNER_QUERY_MILLISECONDS = 60_000;

const TIMESTAMPTZ = 1184;
const INT8 = 20;

const asText = (value: string) => value;

/**
 * timestamptz stays as PostgreSQL prints it (the DateTime scalar formats it: a Date per value costs 10-25 % of a
 * read); int8 becomes a number, since no counter passes 2^53.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') => {
    if (oid === TIMESTAMPTZ) return asText;
    if (oid === INT8) return Number;
    return pg.types.getTypeParser(oid, format) as unknown;
  }) as typeof pg.types.getTypeParser,
};

/** The socket under a client; @types/pg leaves it out. */
export function socketOf(client: pg.Client): import('node:net').Socket {
  return (client as unknown as { connection: { stream: import('node:net').Socket } }).connection.stream;
}

/** Options of a {@link Client}, or of a pool of them. */
export interface ConnectionOptions extends pg.ClientConfig {
  /** How long the answer to a small statement may take before the connection counts as dead. */
  answerMilliseconds: number;
}

type Statement = Pick<pg.QueryConfig<unknown[]>, 'name' | 'text' | 'values'>;
type Callback = (error: Error | undefined, result: pg.QueryResult) => void;

/**
 * A connection that is cut off when its oldest statement has waited too long. pg's own query_timeout answers the caller
 * and leaves the connection waiting for the lost answer, so that the pool hands a dead connection out again (42 s of
 * failures after a black hole). Like pg's promises it also gives a query its callback after the query is made, and what
 * was made so stays, with its rows, until the next full collection of garbage: 5 % of the throughput of reads.
 */
export class Client extends pg.Client {
  private readonly patience: number;
  /** When each statement in flight counts as lost: they are answered in that order. */
  private readonly dueAt: number[] = [];
  private watchdog?: NodeJS.Timeout;

  constructor(options: ConnectionOptions) {
    super(options);
    this.patience = options.answerMilliseconds;
    // A connection lost between two messages has no statement to fail, and an error that nobody hears ends Node.
    this.on('error', () => {});
  }

  // The overloads of pg's query() cannot be restated.
  override query(...args: unknown[]): never {
    const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : undefined;
    const [config, values] = args as [string | Statement, unknown[]?];
    const statement = typeof config === 'string' ? { text: config, values } : config;
    if (callback) return this.send(statement, callback) as never;
    return new Promise<pg.QueryResult>((resolve, reject) => {
      this.send(statement, (error, result) => (error ? reject(error) : resolve(result)));
    }) as never;
  }

  private send({ name, text, values }: Statement, callback: Callback): void {
    this.dueAt.push(performance.now() + this.patience + megabytes(values) * MILLISECONDS_PER_MEGABYTE);
    this.watchdog ??= this.watchFor(this.patience);
    const ended: Callback = (error, result) => {
      this.dueAt.shift();
      callback(error, result);
    };
    // Not from an object, which pg copies with the attributes of each property: 5 % of a read.
    const query: pg.Query & { name?: string } = new pg.Query(text, values, ended);
    query.name = name;
    super.query(query);
  }

  private watchFor(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.watchdog = undefined;
      if (this.dueAt.length === 0) return;
      const left = this.dueAt[0]! - performance.now();
      if (left > 0) this.watchdog = this.watchFor(left);
      else socketOf(this).destroy();
    }, milliseconds).unref();
  }
}

/** The size of the texts among the values, nearly. */
function megabytes(values: readonly unknown[] = []): number {
  let characters = 0;
  for (const value of values) if (typeof value === 'string') characters += value.length;
  return characters / 1e6;
}

/** Options of a pg client or pool. `lane` is what pg_stat_activity calls it. */
export function connectionOptions(
  url: string,
  role: Role,
  lane: string,
  timeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
): ConnectionOptions {
  const milliseconds = timeoutSeconds * 1000;
  const queryMilliseconds = role === 'app' ? milliseconds * QUERY_SHARE : OWNER_QUERY_MILLISECONDS;
  const { connectionString, options } = splitOptions(url);
  const settings = {
    // Statements are prepared by name, and their plans do not depend on the values. Left to itself the server plans a page
    // anew each time, since it believes that a limit which it knows is cheaper: 250 us instead of 163 for a page of 20.
    ...(role === 'app' && { role: 'recollect_app', plan_cache_mode: 'force_generic_plan' }),
    timezone: 'UTC',
    // The server notices that a caller has given up, and stops its statement; the timeout is the backstop.
    client_connection_check_interval: '1s',
    statement_timeout: `${queryMilliseconds * 10}ms`,
    idle_in_transaction_session_timeout: '60s',
    jit: 'off',
  };
  return {
    connectionString,
    options: [options, ...Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)].join(' '),
    application_name: `recollect ${lane}`,
    connectionTimeoutMillis: milliseconds * CONNECT_SHARE,
    answerMilliseconds: queryMilliseconds,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  };
}

/** pg lets `options` of the connection string replace ours; both are wanted. */
function splitOptions(text: string): { connectionString: string; options: string } {
  const url = new URL(text);
  const options = url.searchParams.get('options') ?? '';
  url.searchParams.delete('options');
  return { connectionString: url.href, options };
}
