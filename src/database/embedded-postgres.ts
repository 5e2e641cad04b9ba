import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { readOrCreate } from '../config/secret.js';
import { DataDirectory } from './data-directory.js';
import { installedPostgres, postgresAccount } from './embedded-binaries.js';
import { Cluster, clusterPath } from './embedded-cluster.js';
import { isRunning } from './processes.js';

const DATABASE = 'recollect';
const WATCH_MILLISECONDS = 250;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Starts, stops and crashes; no statement and no value of a user.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
};

/**
 * A real PostgreSQL that belongs to this process and its data directory. A server that a killed process left
 * behind is adopted by the next; a server that is killed is started again.
 */
export class EmbeddedPostgres {
  private readonly logger = new Logger(EmbeddedPostgres.name);
  private readonly stopping = new AbortController();
  private readonly watching: Promise<void>;

  private constructor(
    private readonly directory: DataDirectory,
    private readonly cluster: Cluster,
  ) {
    this.watching = this.watch();
  }

  static async start(dataDir: string, settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
    const directory = new DataDirectory(dataDir);
    directory.acquire();
    try {
      const account = postgresAccount();
      const cluster = new Cluster({
        path: clusterPath(directory.path, account),
        native: installedPostgres(account),
        account,
        password: readOrCreate(join(directory.path, 'postgres.password')),
        settings: { ...SETTINGS, ...settings },
        log: join(directory.path, 'postgres.log'),
      });
      cluster.initialise();
      await cluster.start();
      await createDatabase(cluster.urlOf('postgres'));
      return new EmbeddedPostgres(directory, cluster);
    } catch (error) {
      directory.release();
      throw error;
    }
  }

  get url(): string {
    return this.cluster.urlOf(DATABASE);
  }

  get pid(): number {
    return this.cluster.pid;
  }

  /** Ends every connection, writes everything back, and waits until the server is gone. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await this.cluster.stop();
    this.directory.release();
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await wait(WATCH_MILLISECONDS, undefined, { ref: false, signal }).catch(() => {});
      if (signal.aborted || isRunning(this.cluster.pid)) continue;
      this.logger.warn('The embedded PostgreSQL has ended; starting it again.');
      await this.cluster.start().catch((error: unknown) => this.logger.error(String(error)));
    }
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (!rowCount) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}
