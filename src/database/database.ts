import diagnostics from 'node:diagnostics_channel';
import type { OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Config } from '../config/config.js';
import { connectionOptions, Client } from './connection.js';
import { createDataSource } from './data-source.js';
import { translateFailure } from './failures.js';
import { Listener } from './listener.js';
import { Pipelines } from './pipeline.js';
import { statement, type Statement } from './statement.js';

/** Published on `recollect:statement:sent` when a statement leaves. */
interface StatementSent {
  name: string;
  lane: Lane;
}

/** Published on `recollect:statement` when its answer is there. */
export interface StatementEnded {
  name: string;
  milliseconds: number;
  rows: number;
  failed: boolean;
}

type Lane = 'pipeline' | 'pool' | 'owner';

const ping = statement<object>('ping', 'select');

const sent = diagnostics.channel('recollect:statement:sent');
const ended = diagnostics.channel('recollect:statement');

/** Everything the service asks of PostgreSQL goes through here. */
export class Database implements OnApplicationShutdown {
  private readonly pool: pg.Pool;
  private readonly ownerPool: pg.Pool;
  private readonly pipelines: Pipelines;
  private readonly listeners = new Set<Listener>();

  private constructor(
    private readonly url: string,
    readonly dataSource: DataSource,
    private readonly config: Config,
  ) {
    const { DATABASE_PIPELINES, DATABASE_TIMEOUT_SECONDS } = config;
    this.pool = (dataSource.driver as unknown as { master: pg.Pool }).master;
    this.ownerPool = new pg.Pool({
      ...connectionOptions(url, 'owner', 'owner', DATABASE_TIMEOUT_SECONDS),
      max: 2,
      Client: Client as unknown as new () => Client,
    });
    this.ownerPool.on('error', () => {}); // as in the data source
    this.pipelines = new Pipelines(url, DATABASE_PIPELINES, DATABASE_TIMEOUT_SECONDS);
  }

  static async connect(config: Config): Promise<Database> {
    const url = config.DATABASE_URL;
    if (!url) throw new Error('DATABASE_URL is not known.');
    const { DATABASE_POOL_SIZE: poolSize, DATABASE_TIMEOUT_SECONDS } = config;
    const dataSource = createDataSource(url, 'app', { poolSize }, DATABASE_TIMEOUT_SECONDS);
    await dataSource.initialize();
    const database = new Database(url, dataSource, config);
    await database.pipelines.connect();
    return database;
  }

  /** Throws when the database does not answer. */
  async ping(): Promise<void> {
    await this.read(ping, []);
  }

  /** Short reads. */
  read<Row>(statement: Statement<Row>, values: readonly unknown[]): Promise<Row[]> {
    return this.run('pipeline', statement, values, (query) => this.pipelines.query(query));
  }

  /** Writes and long reads. */
  query<Row>(statement: Statement<Row>, values: readonly unknown[]): Promise<Row[]> {
    return this.run('pool', statement, values, (query) => queryPool(this.pool, query));
  }

  /** Background work that crosses users, as the role that owns the tables. */
  ownerQuery<Row>(statement: Statement<Row>, values: readonly unknown[]): Promise<Row[]> {
    return this.run('owner', statement, values, (query) => queryPool(this.ownerPool, query));
  }

  /**
   * Listens on a channel until the returned function is called. After each reconnect `onGap` is called, because
   * messages may have been lost.
   */
  async listen(
    channel: string,
    onMessage: (payload: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>> {
    const listener = new Listener(this.url, channel, onMessage, onGap, this.config.DATABASE_TIMEOUT_SECONDS);
    await listener.open();
    this.listeners.add(listener);
    return async () => {
      this.listeners.delete(listener);
      await listener.close();
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([
      ...[...this.listeners].map((listener) => listener.close()),
      this.pipelines.close(),
      this.ownerPool.end(),
      this.dataSource.destroy(),
    ]);
  }

  private async run<Row>(
    lane: Lane,
    { name, text }: Statement<Row>,
    values: readonly unknown[],
    send: (query: pg.QueryConfig) => Promise<pg.QueryResult>,
  ): Promise<Row[]> {
    if (sent.hasSubscribers) sent.publish({ name, lane } satisfies StatementSent);
    const start = performance.now();
    let rows: Row[] | undefined;
    try {
      rows = (await send({ name, text, values: values as unknown[] })).rows as Row[];
      return rows;
    } catch (error) {
      throw translateFailure(error);
    } finally {
      if (ended.hasSubscribers) {
        const milliseconds = performance.now() - start;
        ended.publish({
          name,
          milliseconds,
          rows: rows?.length ?? 0,
          failed: !rows,
        } satisfies StatementEnded);
      }
    }
  }
}

/** Unlike pg's pool.query(), keeps the connection when only the statement failed. */
async function queryPool(pool: pg.Pool, query: pg.QueryConfig): Promise<pg.QueryResult> {
  const client = await pool.connect();
  try {
    const result = await client.query(query);
    client.release();
    return result;
  } catch (error) {
    client.release(translateFailure(error) !== error);
    throw error;
  }
}
