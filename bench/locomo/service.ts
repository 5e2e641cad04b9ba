import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../../scripts/build.js';

const MAIN = join(import.meta.dirname, '../../dist/src/main.js');
const READY = /GraphQL +(http\S+)/;

export interface Service {
  url: string;
  stop(): Promise<void>;
}

/** Builds the service and starts it on an embedded PostgreSQL of its own, which goes with it. */
export async function startService(settings: Record<string, string> = {}): Promise<Service> {
  build();
  const directory = mkdtempSync(join(tmpdir(), 'recollect-bench-'));
  const child = spawn(process.execPath, [MAIN], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      DATA_DIR: join(directory, 'data'),
      PORT: '0',
      LOG_LEVEL: 'warn',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  process.once('exit', () => child.kill('SIGKILL'));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = READY.exec(text);
      if (found) resolve(found[1]!);
    });
    void ended.then(() => reject(new Error('The service did not start.')));
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Runs one operation and returns its data. */
export async function run(url: string, token: string | null, query: string, variables: object): Promise<any> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: any; errors?: { message: string }[] };
  if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
  return data;
}

const REGISTER = `mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }`;
let users = 0;

/** A new user's access token. */
export async function register(url: string): Promise<string> {
  const input = { email: `bench${++users}@example.org`, password: 'correct horse battery' };
  return (await run(url, null, REGISTER, { input })).register.accessToken;
}

/** The value below which a part of the measured ones lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}
