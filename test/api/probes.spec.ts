import { startApp, type TestApp } from '../support/app.js';

const SECRET = 'a secret of more than thirty-two characters';
const TOKEN = 'a-token-for-prometheus';

describe('probes', () => {
  const apps: TestApp[] = [];

  async function start(environment: NodeJS.ProcessEnv = {}): Promise<TestApp> {
    const app = await startApp(environment);
    apps.push(app);
    return app;
  }

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  it('tells that it lives and that it is ready', async () => {
    const { url } = await start();
    for (const path of ['live', 'ready']) {
      const response = await fetch(`${url}/health/${path}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toContain('no-store');
      expect(await response.json()).toMatchObject({ status: 'ok' });
    }
  });

  it('counts statements and operations by name, and errors by code', async () => {
    const app = await start();
    const { token } = await app.register();
    await app.graphql('{ me { id } }', {}, token);
    await app.graphql('{ me { id } }');
    const response = await fetch(`${app.url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('recollect_operation_seconds_count{name="me"} 2');
    expect(text).toContain('recollect_operation_errors_total{name="me",code="UNAUTHENTICATED"} 1');
    expect(text).toContain('recollect_statement_seconds_count{name="create_user"} 1');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('shows metrics only to who has the token, where one is set', async () => {
    const { url } = await start({ METRICS_TOKEN: TOKEN });
    const read = (authorization?: string) =>
      fetch(`${url}/metrics`, { headers: authorization ? { authorization } : {} });
    expect((await read()).status).toBe(401);
    expect((await read('Bearer another')).status).toBe(401);
    expect((await read(`Bearer ${TOKEN}`)).status).toBe(200);
  });

  it('has no metrics in production without a token', async () => {
    const { url } = await start({ NODE_ENV: 'production', RECOLLECT_SECRET: SECRET });
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });

  it('lets pages of allowed origins read, and no others', async () => {
    const { url } = await start({ ALLOWED_ORIGINS: 'https://chat.example.org' });
    const allowed = async (origin: string) => {
      const response = await fetch(`${url}/health/live`, { headers: { origin } });
      return response.headers.get('access-control-allow-origin');
    };
    expect(await allowed('https://chat.example.org')).toBe('https://chat.example.org');
    expect(await allowed('http://localhost:3000')).toBe('http://localhost:3000');
    expect(await allowed('https://chat.example.org.evil.example')).toBeNull();
    expect(await allowed('http://localhost.evil.example')).toBeNull();
    expect(await allowed('null')).toBeNull();
  });
});
