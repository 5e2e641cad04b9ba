import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Recollect as a process of its own, from the build. */
export interface Service {
  readonly process: ChildProcess;
  readonly url: string;
  /** Everything it said on standard output, its log, and on standard error. */
  output(): string;
  errors(): string;
  end(signal: NodeJS.Signals): Promise<{ code: number | null; milliseconds: number }>;
}

/** Starts the service and waits until it is ready, or has given up. */
export async function startService(environment: NodeJS.ProcessEnv): Promise<Service> {
  const { service, settled } = launchService(environment);
  await settled;
  return service;
}

/** Starts the service and waits for nothing. */
export function launchService(environment: NodeJS.ProcessEnv): {
  service: Service;
  settled: Promise<unknown>;
} {
  const child = spawn(process.execPath, [join(process.env.TEST_BUILD!, 'src/main.js')], {
    env: { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Recollect is ready.\n')) resolve();
    });
  });
  const service: Service = {
    process: child,
    get url() {
      return /GraphQL +(http:\S+)\/graphql/.exec(output)?.[1] ?? '';
    },
    output: () => output,
    errors: () => errors,
    end: async (signal) => {
      const start = performance.now();
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'close') : null;
      child.kill(signal);
      await ended;
      return { code: child.exitCode, milliseconds: performance.now() - start };
    },
  };
  return { service, settled: Promise.race([ready, once(child, 'close')]) };
}

/** A port that the service can be started on again and again. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}

interface Answer {
  data?: any;
  errors?: { message: string; extensions: { code: string } }[];
}

export async function graphql(
  url: string,
  query: string,
  variables: object = {},
  token?: string,
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

let users = 0;

export async function register(url: string): Promise<{ token: string; userId: string }> {
  const { data, errors } = await graphql(
    url,
    'mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { id } } }',
    { input: { email: `writer${++users}@example.org`, password: 'correct horse battery' } },
  );
  if (!data) throw new Error(JSON.stringify(errors));
  return { token: data.register.accessToken, userId: data.register.user.id };
}

export const RECORD =
  'mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }';
export const RECENT = '{ recentInteractions(limit: 5) { id } }';
