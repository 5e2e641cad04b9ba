import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endWithUs } from './children.ts';
import type { DialectName } from './operations.ts';

export interface Contender {
  /** As the results call it. */
  title: string;
  program: string;
  dialect: DialectName;
  environment: Record<string, string>;
}

export interface Server extends Contender {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export const RECOLLECT: Contender = {
  title: 'Recollect',
  program: path('../dist/src/main.js'),
  dialect: 'recollect',
  environment: { LOG_LEVEL: 'warn' },
};

export const PLAIN: Contender = {
  title: 'plain Nest',
  program: path('dist/baseline/main.js'),
  dialect: 'plain',
  environment: {},
};

const POSTGRAPHILE: Contender = {
  title: 'PostGraphile',
  program: path('contenders/postgraphile.ts'),
  dialect: 'postgraphile',
  environment: { PG_SETTINGS: 'true' },
};

const MERCURIUS: Contender = {
  title: 'Mercurius',
  program: path('contenders/mercurius.ts'),
  dialect: 'plain',
  environment: {},
};

export const CONTENDERS: readonly Contender[] = [
  RECOLLECT,
  POSTGRAPHILE,
  { ...POSTGRAPHILE, title: 'PostGraphile, no RLS', environment: { PG_SETTINGS: 'false' } },
  PLAIN,
  MERCURIUS,
];

const READY_MILLISECONDS = 30_000;
const STOP_MILLISECONDS = 6000;

/** Starts a contender as a process of its own and waits until it listens. */
export async function startServer(
  contender: Contender,
  environment: Record<string, string>,
): Promise<Server> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'recollect-bench-'));
  const child = spawn(process.execPath, [contender.program], {
    // Not where a .env lies.
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      GRAPHILE_ENV: 'production',
      NODE_NO_WARNINGS: '1',
      PORT: String(port),
      ...environment,
      ...contender.environment,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  endWithUs(child);
  const stop = async () => {
    await end(child);
    rmSync(directory, { recursive: true, force: true });
  };
  const deadline = performance.now() + READY_MILLISECONDS;
  while (!(await isListening(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`${contender.title} did not start.`);
    }
    await wait(50);
  }
  return { ...contender, port, pid: child.pid!, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
  await ended;
  clearTimeout(kill);
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

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
