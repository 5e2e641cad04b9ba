import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import { createApp } from './app.js';
import { AuthService } from './auth/auth.service.js';
import { loadConfig, type Config } from './config/config.js';
import { EmbeddedPostgres } from './database/embedded-postgres.js';
import { migrate } from './database/migrator.js';
import { UsersService } from './users/users.service.js';

const DEMO_TOKEN_DAYS = 30;

/** What has been started, in that order; it is stopped in the opposite one, PostgreSQL last. */
const started: (() => Promise<unknown>)[] = [];

/** Starts the service, and stops it when the process is told to end. */
export async function run(): Promise<void> {
  const start = boot();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // A second signal ends the process at once.
    process.once(signal, () => void start.then(() => end(0)));
  }
  try {
    await start;
  } catch (error) {
    process.stderr.write(`Recollect did not start: ${describe(error)}\n`);
    await end(1);
  }
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
  const lines = [
    'Recollect is ready.',
    `  GraphQL   ${url}/graphql (subscriptions: ${url.replace('http', 'ws')}/graphql)`,
    ...(config.GRAPHIQL ? [`  GraphiQL  ${url}/graphiql`] : []),
    `  Health    ${url}/health/live and ${url}/health/ready`,
    ...(config.METRICS_TOKEN || config.NODE_ENV !== 'production' ? [`  Metrics   ${url}/metrics`] : []),
  ];
  if (isTrial) {
    const userId = await app.get(UsersService).demoUser();
    const token = await app.get(AuthService).issueAccessToken(userId, DEMO_TOKEN_DAYS * 86_400);
    lines.push(
      `  A demo user's token, good for ${DEMO_TOKEN_DAYS} days:`,
      `  Authorization: Bearer ${token}`,
    );
  }
  return `${lines.join('\n')}\n`;
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
