import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import { createApp } from './app.js';
import { AuthService } from './auth/auth.service.js';
import { loadConfig, type Config } from './config/config.js';
import { EmbeddedPostgres } from './database/embedded-postgres.js';
import { migrate } from './database/migrator.js';
import { UsersService } from './users/users.service.js';

const DEMO_TOKEN_DAYS = 30;
/** Twice what stopping may take. */
const PATIENCE_MILLISECONDS = 10_000;

/** What has been started, in that order; it is stopped in the opposite one, PostgreSQL last. */
const started: (() => Promise<unknown>)[] = [];

/** Starts the service, and stops it when the process is told to end. */
export async function run(): Promise<void> {
  // Before anything is started, so that being told too early stops it all the same.
  const told = toldToEnd();
  try {
    await boot();
    await told;
    await end(0);
  } catch (error) {
    process.stderr.write(`Recollect did not start: ${describe(error)}\n`);
    await end(1);
  }
}

/** Ctrl-C comes twice under `npm start`: from the terminal, and passed on by npm. So only the first counts. */
function toldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
}

async function boot(): Promise<void> {
  const environment = loadConfig(process.env);
  const config = await withDatabase(environment);
  await migrate(config.DATABASE_URL!);
  const app = await createApp(config);
  started.push(() => app.close());
  await app.listen({ host: config.HOST, port: config.PORT });
  const isTrial = !environment.DATABASE_URL && config.NODE_ENV !== 'production';
  process.stdout.write(await welcome(app, config, isTrial));
}

async function withDatabase(config: Config): Promise<Config> {
  if (config.DATABASE_URL) return config;
  const server = await EmbeddedPostgres.start(config.DATA_DIR);
  started.push(() => server.stop());
  return { ...config, DATABASE_URL: server.url };
}

async function end(code: number): Promise<void> {
  setTimeout(() => process.exit(1), PATIENCE_MILLISECONDS).unref();
  for (const stop of started.reverse()) {
    try {
      await stop();
    } catch (error) {
      process.stderr.write(`Recollect did not stop cleanly: ${describe(error)}\n`);
      code = 1;
    }
  }
  process.exit(code);
}

async function welcome(app: NestFastifyApplication, config: Config, isTrial: boolean): Promise<string> {
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  const token = isTrial ? await demoToken(app) : undefined;
  const lines = [
    'Recollect is ready.',
    `  GraphQL   ${url}/graphql (subscriptions: ${url.replace('http', 'ws')}/graphql)`,
    ...(config.GRAPHIQL ? [`  GraphiQL  ${url}/graphiql${token ? `#token=${token}` : ''}`] : []),
    `  Health    ${url}/health/live and ${url}/health/ready`,
    ...(config.METRICS_TOKEN || config.NODE_ENV !== 'production' ? [`  Metrics   ${url}/metrics`] : []),
    ...(token ? [`  A demo user, for ${DEMO_TOKEN_DAYS} days:`, `  Authorization: Bearer ${token}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

async function demoToken(app: NestFastifyApplication): Promise<string> {
  const userId = await app.get(UsersService).demoUser();
  return app.get(AuthService).issueAccessToken(userId, DEMO_TOKEN_DAYS * 86_400);
}

function describe(error: unknown): string {
  const { code, message, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${address} is taken; set PORT to another.`;
    case 'ECONNREFUSED':
      return `PostgreSQL does not answer at ${address}:${port}; check DATABASE_URL.`;
    default:
      return message || String(error);
  }
}
