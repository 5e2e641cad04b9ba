import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config/config.js';
import type { StatementEnded } from '../../src/database/database.js';
import { createDatabase, createDirectory, dropDatabase } from './database.js';

export interface Answer {
  status: number;
  body: { data?: any; errors?: { message: string; path?: unknown[]; extensions: Record<string, any> }[] };
}

/** One statement as it was sent to PostgreSQL. */
export interface Sent {
  name: string;
  lane: 'pipeline' | 'pool' | 'owner';
}

export interface TestApp {
  app: NestFastifyApplication;
  url: string;
  wsUrl: string;
  databaseUrl: string;
  /** `actsFor` names whom a service key acts for. */
  graphql(query: string, variables?: object, token?: string, actsFor?: string): Promise<Answer>;
  /** The data of the answer. Throws the first of its errors, with what that has of extensions. */
  ask(...asked: Parameters<TestApp['graphql']>): Promise<any>;
  /** A new user, signed in. */
  register(): Promise<{ token: string; userId: string }>;
  /** A new service key of a user. */
  createKey(token: string, input?: Record<string, unknown>): Promise<{ id: string; key: string }>;
  /** The statements that are sent while `action` runs, without those of background work. */
  statements(action: () => Promise<unknown>): Promise<Sent[]>;
  /** The names of those statements, by flush: what left before anything else was answered. */
  flushes(action: () => Promise<unknown>): Promise<string[][]>;
  close(): Promise<void>;
}

const REGISTER = `mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { id } } }`;
const CREATE_KEY = `mutation ($input: CreateServiceKeyInput!) {
  createServiceKey(input: $input) { key serviceKey { id } } }`;
let users = 0;

/** What an answer was refused with. */
export const codeOf = ({ body }: Answer): unknown => body.errors?.[0]?.extensions?.code;

/**
 * The whole service on a free port and a fresh database. GRAPHQL_JIT is taken from the environment, so that a run of
 * the tests can be repeated with the other executor.
 */
export async function startApp(overrides: Partial<NodeJS.ProcessEnv> = {}): Promise<TestApp> {
  const directory = createDirectory();
  const databaseUrl = overrides.DATABASE_URL ?? (await createDatabase());
  const config = loadConfig({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    DATA_DIR: directory.path,
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '4',
    DATABASE_PIPELINES: '2',
    // A busy machine is no outage.
    DATABASE_TIMEOUT_SECONDS: '60',
    BACKGROUND_SUMMARIES: 'false',
    BACKGROUND_LEARNING: 'false',
    BACKGROUND_TITLES: 'false',
    GRAPHQL_JIT: process.env.GRAPHQL_JIT,
    ...overrides,
  });
  const app = await createApp(config);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  const graphql: TestApp['graphql'] = async (query, variables = {}, token, actsFor) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(actsFor !== undefined && { 'x-recollect-user': actsFor }),
      },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };

  const ask: TestApp['ask'] = async (...asked) => {
    const { data, errors } = (await graphql(...asked)).body;
    if (errors) throw Object.assign(new Error(errors[0]!.message), errors[0]!.extensions);
    return data;
  };

  return {
    app,
    url,
    wsUrl: `${url.replace('http', 'ws')}/graphql`,
    databaseUrl,
    graphql,
    ask,
    register: async () => {
      const input = { email: `person${++users}@example.org`, password: 'correct horse battery' };
      const { accessToken, user } = (await ask(REGISTER, { input })).register;
      return { token: accessToken, userId: user.id };
    },
    createKey: async (token, input) => {
      const all = { name: 'a bot', scopes: ['READ', 'WRITE'], ...input };
      const { key, serviceKey } = (await ask(CREATE_KEY, { input: all }, token)).createServiceKey;
      return { key, id: serviceKey.id };
    },
    statements: capture,
    flushes: captureFlushes,
    close: async () => {
      await app.close();
      if (!overrides.DATABASE_URL) await dropDatabase(databaseUrl);
      directory.remove();
    },
  };
}

async function captureFlushes(action: () => Promise<unknown>): Promise<string[][]> {
  const flushes: string[][] = [];
  const open: string[] = [];
  let isAnswered = true;
  const onSent = (message: unknown) => {
    const { name, lane } = message as Sent;
    if (lane === 'owner') return;
    if (isAnswered) flushes.push([]);
    isAnswered = false;
    flushes.at(-1)!.push(name);
    open.push(name);
  };
  const onEnded = (message: unknown) => {
    const at = open.indexOf((message as StatementEnded).name);
    if (at < 0) return;
    open.splice(at, 1);
    isAnswered = true;
  };
  subscribe('recollect:statement:sent', onSent);
  subscribe('recollect:statement', onEnded);
  try {
    await action();
  } finally {
    unsubscribe('recollect:statement:sent', onSent);
    unsubscribe('recollect:statement', onEnded);
  }
  return flushes;
}

async function capture(action: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = [];
  const listener = (message: unknown) => {
    const { name, lane } = message as Sent;
    if (lane !== 'owner') sent.push({ name, lane });
  };
  subscribe('recollect:statement:sent', listener);
  try {
    await action();
  } finally {
    unsubscribe('recollect:statement:sent', listener);
  }
  return sent;
}
