import { shown, STREAM } from '../support/chat.js';
import { createDatabase, createDirectory, dropDatabase } from '../support/database.js';
import { startModelServer, type ModelServer } from '../support/model-server.js';
import { connect, watch } from '../support/sockets.js';
import { graphql, register, startService, type Service } from './service.js';

const KEY = 'sk-a-key-that-nobody-may-read-0123456789';
const QUESTION = 'a question that nobody may read';
const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { interaction { id status errorCode } } }`;
const READ = 'query ($id: UUID!) { interaction(id: $id) { status answer errorCode } }';

describe('answers', () => {
  let directory: ReturnType<typeof createDirectory>;
  let environment: NodeJS.ProcessEnv;
  let model: ModelServer;
  let service: Service;

  beforeEach(async () => {
    directory = createDirectory();
    model = await startModelServer();
    environment = {
      DATA_DIR: directory.path,
      DATABASE_URL: await createDatabase(),
      LLM_BASE_URL: model.baseUrl,
      LLM_MODEL: 'test-model',
      LLM_API_KEY: KEY,
      LOG_LEVEL: 'debug',
    };
    service = await startService(environment);
  });
  afterEach(async () => {
    await service.end('SIGTERM');
    await model.close();
    await dropDatabase(environment.DATABASE_URL!);
    directory.remove();
  });

  const send = async (token: string, input: object) =>
    (await graphql(service.url, SEND, { input: { text: QUESTION, ...input } }, token)).data.sendMessage
      .interaction;

  /** The interaction once it is as expected. */
  async function until(id: string, token: string, is: (interaction: any) => boolean): Promise<any> {
    for (;;) {
      const { data } = await graphql(service.url, READ, { id }, token);
      if (is(data.interaction)) return data.interaction;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('of a process that was killed fail, and keep what had come', async () => {
    model.gates[2] = new Promise(() => undefined);
    const { token } = await register(service.url);
    const { id } = await send(token, {});
    await seen(service, token, id, 'Lapsang Souchong');
    await service.end('SIGKILL');
    service = await startService(environment);
    const interaction = await until(id, token, ({ status }) => status !== 'PENDING');
    expect(interaction).toEqual({ status: 'FAILED', answer: 'Lapsang Souchong', errorCode: 'INTERRUPTED' });
  });

  it('end within what SIGTERM allows', async () => {
    model.gates[2] = new Promise(() => undefined);
    const { token } = await register(service.url);
    const { id } = await send(token, {});
    await seen(service, token, id, 'Lapsang Souchong');
    const { code, milliseconds } = await service.end('SIGTERM');
    expect(service.errors()).toBe('');
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(5000);
    service = await startService(environment);
    const interaction = await until(id, token, () => true);
    expect(interaction).toEqual({ status: 'FAILED', answer: 'Lapsang Souchong', errorCode: 'INTERRUPTED' });
  });

  it('that fail tell the log neither the key nor a word of what was said', async () => {
    const { token } = await register(service.url);
    for (const misbehaviour of ['error', 'html', 'rejected', 'cut', 'rate-limited for long'] as const) {
      model.next(misbehaviour);
      const { status } = await send(token, { wait: true });
      expect(status).toBe('FAILED');
    }
    expect(model.authorizations).toContain(`Bearer ${KEY}`);
    await service.end('SIGTERM');
    expect(service.output()).toContain('An answer failed with REJECTED: The model answered with status 401.');
    for (const text of [service.output(), service.errors()]) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain(QUESTION);
      expect(text).not.toContain('Lapsang');
    }
  });
});

/** Resolves when so much of an answer is shown. */
async function seen({ url }: Service, token: string, id: string, text: string): Promise<void> {
  const client = connect(`${url.replace('http', 'ws')}/graphql`, token);
  await shown(watch(client, STREAM, { id }), text);
  await client.dispose();
}
