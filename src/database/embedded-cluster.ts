import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { SHELTER, isReachable, type Account } from './embedded-binaries.js';
import { isRunning } from './processes.js';

const OWNER = 'recollect';
const POLL_MILLISECONDS = 25;
const RETRY_MILLISECONDS = 200;
const ATTEMPTS = 50;
/** A server listens this soon after it has written its pid; else the pid has become another program's. */
const ADOPTION_PATIENCE_MILLISECONDS = 2000;

// With LANG unset initdb would choose SQL_ASCII.
const INITDB = [
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];

interface ClusterOptions {
  path: string;
  /** Folder of the PostgreSQL installation. */
  native: string;
  account: Account | null;
  password: string;
  settings: Record<string, string>;
  log: string;
}

/** Where the cluster of a data directory lies: inside, unless the account that runs it cannot get there. */
export function clusterPath(dataDir: string, account: Account | null): string {
  const path = join(dataDir, 'postgres');
  const found = fs.lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) return followLink(path);
  if (!account || isReachable(dataDir, account)) return path;
  if (found) {
    throw new Error(
      `PostgreSQL runs as user "postgres", which cannot reach ${path}: let others pass through its parent directories (chmod o+x), or set DATA_DIR.`,
    );
  }
  fs.mkdirSync(SHELTER, { recursive: true, mode: 0o755 });
  const directory = fs.mkdtempSync(join(SHELTER, 'data-'));
  fs.chmodSync(directory, 0o711);
  const sheltered = join(directory, 'postgres');
  fs.symlinkSync(sheltered, path);
  return sheltered;
}

function followLink(path: string): string {
  const target = fs.readlinkSync(path);
  // A new, empty cluster in its place would look like lost data.
  if (!fs.existsSync(dirname(target)))
    throw new Error(`The data of ${path} was kept in ${target}, which is gone.`);
  return target;
}

/** One PostgreSQL cluster on disk and its server. */
export class Cluster {
  pid = 0;
  private port = 0;

  constructor(private readonly options: ClusterOptions) {}

  urlOf(database: string): string {
    return `postgres://${OWNER}:${this.options.password}@127.0.0.1:${this.port}/${database}`;
  }

  /** Creates the cluster if need be, under another name until it is complete. */
  initialise(): void {
    const { path, native, password, account } = this.options;
    if (fs.existsSync(join(path, 'PG_VERSION'))) return;
    const draft = `${path}.new`;
    const passwordFile = `${draft}.password`;
    fs.rmSync(draft, { recursive: true, force: true });
    fs.mkdirSync(draft, { mode: 0o700 });
    fs.writeFileSync(passwordFile, password, { mode: 0o600 });
    if (account) {
      for (const owned of [draft, passwordFile]) fs.chownSync(owned, account.uid, account.gid);
    }
    const result = spawnSync(
      join(native, 'bin/initdb'),
      [...INITDB, `--pgdata=${draft}`, `--username=${OWNER}`, `--pwfile=${passwordFile}`],
      { ...this.spawnOptions(), encoding: 'utf8' },
    );
    fs.rmSync(passwordFile);
    if (result.status !== 0) {
      throw new Error(
        `The embedded PostgreSQL could not be set up: ${result.stderr || result.error?.message}`,
      );
    }
    fs.renameSync(draft, path);
  }

  /**
   * Adopts the server that already runs on this cluster, or launches one; after a crash on the same port, where
   * everybody looks for it.
   */
  async start(): Promise<void> {
    const restart = this.pid > 0;
    for (let attempt = 1; ; attempt++) {
      if (await this.adopt()) return;
      this.port ||= (attempt === 1 && this.readFormerPort()) || (await freePort());
      const failure = await this.launch();
      if (!failure) return;
      const portTaken = /could not bind/.test(failure);
      // What a killed server left is going: its last processes, or its shared memory.
      const predecessorLives = /shared memory block|lock file/.test(failure);
      if (attempt === ATTEMPTS || !(portTaken || predecessorLives)) {
        throw new Error(`The embedded PostgreSQL does not start (${this.options.log}):\n${failure}`);
      }
      if (portTaken && !restart) this.port = 0;
      else await wait(RETRY_MILLISECONDS);
    }
  }

  async stop(): Promise<void> {
    if (isRunning(this.pid)) process.kill(this.pid, 'SIGINT');
    while (isRunning(this.pid)) await wait(POLL_MILLISECONDS);
  }

  private async adopt(): Promise<boolean> {
    const postmaster = this.readPostmaster();
    if (!postmaster || !isRunning(postmaster.pid)) return false;
    const former = this.port;
    this.port = postmaster.port;
    if (await this.awaitReady(() => isRunning(postmaster.pid), ADOPTION_PATIENCE_MILLISECONDS)) {
      this.pid = postmaster.pid;
      return true;
    }
    this.port = former;
    return false;
  }

  /** Returns what the server said when it did not start. */
  private async launch(): Promise<string | null> {
    const { path, native, log, settings } = this.options;
    const start = fs.existsSync(log) ? fs.statSync(log).size : 0;
    const output = fs.openSync(log, 'a', 0o600);
    const flags = Object.entries({ ...settings, port: String(this.port) }).map(
      ([key, value]) => `-c${key}=${value}`,
    );
    const child = spawn(join(native, 'bin/postgres'), ['-D', path, ...flags], {
      ...this.spawnOptions(),
      stdio: ['ignore', output, output],
      // A group of its own: Ctrl-C reaches us alone, and we stop it last.
      detached: true,
    });
    fs.closeSync(output);
    const ended = new Promise<void>((resolve) =>
      child.once('exit', () => resolve()).once('error', () => resolve()),
    );
    if (await this.awaitReady(() => lives(child))) {
      child.unref();
      this.pid = child.pid!;
      return null;
    }
    if (lives(child)) child.kill('SIGINT');
    await ended;
    return fs.readFileSync(log, 'utf8').slice(start).trim() || 'It could not be executed.';
  }

  /** Waits while the server comes up, however long its recovery takes; false when it is not ours or ends. */
  private async awaitReady(alive: () => boolean, patience = Infinity): Promise<boolean> {
    const start = performance.now();
    while (alive()) {
      const client = new pg.Client({
        connectionString: this.urlOf('postgres'),
        connectionTimeoutMillis: 2000,
      });
      client.on('error', () => {});
      try {
        await client.connect();
        const { rows } = await client.query<{ directory: string }>(
          `select current_setting('data_directory') as directory`,
        );
        return fs.realpathSync(rows[0]!.directory) === fs.realpathSync(this.options.path);
      } catch (error) {
        const { code } = error as { code?: string };
        const isUnheard = code === 'ECONNREFUSED' && performance.now() - start > patience;
        if (code === '28P01' || isUnheard) return false;
      } finally {
        await client.end().catch(() => {});
      }
      await wait(POLL_MILLISECONDS);
    }
    return false;
  }

  private readPostmaster(): { pid: number; port: number } | null {
    try {
      const lines = fs.readFileSync(join(this.options.path, 'postmaster.pid'), 'utf8').split('\n');
      return { pid: Number(lines[0]), port: Number(lines[3]) };
    } catch {
      return null;
    }
  }

  /** The same port as last time, for whoever looks into the database from outside. */
  private readFormerPort(): number {
    try {
      const command = fs.readFileSync(join(this.options.path, 'postmaster.opts'), 'utf8');
      return Number(/-cport=(\d+)/.exec(command)?.[1] ?? 0);
    } catch {
      return 0;
    }
  }

  private spawnOptions() {
    return { ...this.options.account, cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };
  }
}

function lives(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
