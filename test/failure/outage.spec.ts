import { execFileSync } from 'node:child_process';
import { createDirectory } from '../support/database.js';
import { EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { RECENT, RECORD, graphql, register, startService, type Service } from './service.js';

describe('when PostgreSQL is away', () => {
  const cluster = createDirectory();
  const directory = createDirectory();
  let postgres: EmbeddedPostgres;
  let service: Service;
  let token: string;

  beforeAll(async () => {
    postgres = await EmbeddedPostgres.start(cluster.path);
    service = await startService({ DATA_DIR: directory.path, DATABASE_URL: postgres.url });
    ({ token } = await register(service.url));
    await expectService();
  });

  afterAll(async () => {
    await service.end('SIGTERM');
    await postgres.stop();
    cluster.remove();
    directory.remove();
  });

  const input = { question: 'Are you there?', answer: 'Yes.' };
  const requests = () => [
    graphql(service.url, RECORD, { input }, token),
    graphql(service.url, RECENT, {}, token),
    graphql(service.url, '{ me { id } }', {}, token),
  ];

  async function expectService(): Promise<void> {
    for (const { errors } of await Promise.all(requests())) expect(errors).toBeUndefined();
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
  }

  async function expectOutage(): Promise<void> {
    const start = performance.now();
    const readiness = fetch(`${service.url}/health/ready`).then(({ status }) => {
      expect(status).toBe(503);
      expect(performance.now() - start).toBeLessThan(2000);
    });
    for (const { errors } of await Promise.all(requests())) {
      expect(errors?.[0]?.extensions.code).toBe('UNAVAILABLE');
    }
    expect(performance.now() - start).toBeLessThan(4000);
    await readiness;
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
  }

  it('refuses at once when nobody listens, and works with the first request after it is back', async () => {
    await postgres.stop();
    await expectOutage();
    await expectOutage();
    postgres = await EmbeddedPostgres.start(cluster.path);
    await expectService();
  });

  it('refuses within 4 s when PostgreSQL is silent, again and again, and works when it wakes', async () => {
    // The parent first: it has no more children from then on.
    process.kill(postgres.pid, 'SIGSTOP');
    const children = childrenOf(postgres.pid);
    for (const pid of children) process.kill(pid, 'SIGSTOP');
    try {
      await expectOutage();
      await expectOutage();
    } finally {
      for (const pid of [...children, postgres.pid]) process.kill(pid, 'SIGCONT');
    }
    await expectService();
  });
});

function childrenOf(pid: number): number[] {
  const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return list
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child!);
}
