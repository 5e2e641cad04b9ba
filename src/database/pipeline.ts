import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { Client, connectionOptions, socketOf, type ConnectionOptions } from './connection.js';

const FIRST_RETRY_MILLISECONDS = 50;
const LAST_RETRY_MILLISECONDS = 1000;

/** One connection that carries many statements at a time. Lost, it is opened again: now and then, and when asked. */
class Pipeline {
  inFlight = 0;
  private client: Client | null = null;
  private connecting: Promise<Client> | null = null;
  private corked = false;
  private closed = false;

  constructor(private readonly options: ConnectionOptions) {}

  async query(query: pg.QueryConfig): Promise<pg.QueryResult> {
    this.inFlight++;
    try {
      const client = this.client ?? (await this.connect());
      this.flushTogether(client);
      return await (client.query(query) as Promise<pg.QueryResult>);
    } finally {
      this.inFlight--;
    }
  }

  connect(): Promise<Client> {
    this.connecting ??= this.open().finally(() => (this.connecting = null));
    return this.connecting;
  }

  get connected(): boolean {
    return this.client !== null;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.connecting?.catch(() => {});
    await this.client?.end();
  }

  private async open(): Promise<Client> {
    const client = new Client({ ...this.options, pipeline: true });
    let lost = false;
    const drop = () => {
      lost = true;
      if (this.client !== client) return;
      this.client = null;
      void this.reconnect();
    };
    client.on('error', drop);
    client.on('end', drop);
    await client.connect();
    if (!lost) this.client = client;
    return client;
  }

  private async reconnect(): Promise<void> {
    let pause = FIRST_RETRY_MILLISECONDS;
    while (!this.client && !this.closed) {
      await this.connect().catch(() => {});
      if (this.client) return;
      await wait(pause, undefined, { ref: false });
      pause = Math.min(pause * 2, LAST_RETRY_MILLISECONDS);
    }
  }

  /** Statements of one turn of the event loop leave in one write. */
  private flushTogether(client: Client): void {
    if (this.corked) return;
    this.corked = true;
    const socket = socketOf(client);
    socket.cork();
    setImmediate(() => {
      this.corked = false;
      socket.uncork();
    });
  }
}

/**
 * A few pipelined connections for short reads: 1.5-1.8 times the throughput of a pool at 32 callers. A slow
 * statement holds up all behind it, so long reads and writes belong in the pool.
 */
export class Pipelines {
  private readonly pipelines: Pipeline[];

  constructor(url: string, size: number, timeoutSeconds?: number) {
    const options = connectionOptions(url, 'app', 'pipeline', timeoutSeconds);
    this.pipelines = Array.from({ length: size }, () => new Pipeline(options));
  }

  async connect(): Promise<void> {
    await Promise.all(this.pipelines.map((pipeline) => pipeline.connect()));
  }

  query(query: pg.QueryConfig): Promise<pg.QueryResult> {
    return this.leastBusy().query(query);
  }

  async close(): Promise<void> {
    await Promise.all(this.pipelines.map((pipeline) => pipeline.close()));
  }

  /** One that is lost fails its statements at once, so it would always seem idle. */
  private leastBusy(): Pipeline {
    const connected = this.pipelines.filter((pipeline) => pipeline.connected);
    return (connected.length > 0 ? connected : this.pipelines).reduce((least, next) =>
      next.inFlight < least.inFlight ? next : least,
    );
  }
}
