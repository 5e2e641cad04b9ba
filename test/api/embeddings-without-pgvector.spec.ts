import { migrate } from '../../src/database/migrator.js';
import { EmbeddingsService } from '../../src/embeddings/embeddings.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';
import { asService, CONTEXT, embedAll, health, RECALL, texts } from '../support/embeddings.js';
import { EmbeddingsServer } from '../support/embeddings-server.js';
import { PgvectorServer } from '../support/pgvector.js';

const provider = new EmbeddingsServer();
const environment = {
  EMBEDDINGS_MODEL: 'concepts',
  EMBEDDINGS_DIMENSIONS: '64',
  DATABASE_POOL_SIZE: '2',
};

beforeAll(async () => {
  Object.assign(environment, { EMBEDDINGS_BASE_URL: await provider.start() });
});
afterAll(() => provider.stop());

async function personOf(app: TestApp) {
  const { token } = await app.register();
  return {
    say: (question: string, answer?: string) =>
      app.ask(
        'mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { session { id } } }',
        { input: { question, answer } },
        token,
      ),
    recall: async (query: string): Promise<any[]> => (await app.ask(RECALL, { query }, token)).recall,
    context: async (query: string) => (await app.ask(CONTEXT, { input: { query } }, token)).buildContext,
  };
}

describe('a database without a usable pgvector', () => {
  it('says so, records and recalls by words, and takes it up when it is there', async () => {
    const old = await PgvectorServer.start();
    await migrate(old.url);
    // As an old pgvector looks: there is no type halfvec within sight.
    await execute(old.url, 'create schema elsewhere; create extension vector schema elsewhere');
    const service = await startApp({ ...environment, DATABASE_URL: old.url });
    try {
      const ada = await personOf(service);
      expect(await health(service)).toMatchObject({ state: 'no pgvector', reason: /older than 0.7/ });
      await ada.say('My sister adopted two kittens.');
      await service.app.get(EmbeddingsService).catchUp(new AbortController().signal);
      expect(texts(await ada.recall('kittens'))).toEqual(['My sister adopted two kittens.']);
      expect(await ada.recall('feline')).toEqual([]);
      expect((await ada.context('feline')).retrieval).toBe('WORDS');

      await execute(old.url, 'drop extension vector');
      const [{ state }] = await asService(old.url, 'select enable_embeddings() as state');
      expect(state).toBe('NOT_PERMITTED');

      await embedAll(service);
      expect(await health(service)).toEqual({ status: 'up', state: 'ready' });
      expect(texts(await ada.recall('feline'))).toEqual(['My sister adopted two kittens.']);
    } finally {
      await service.close();
      await old.stop();
    }
  });

  it('is what the embedded PostgreSQL is', async () => {
    const plain = await startApp(environment);
    try {
      expect(await health(plain)).toMatchObject({ state: 'no pgvector', reason: /has no pgvector/ });
      const ada = await personOf(plain);
      await ada.say('Which tea?', 'Lapsang.');
      await plain.app.get(EmbeddingsService).catchUp(new AbortController().signal);
      expect(texts(await ada.recall('tea'))).toEqual(['Which tea?', 'Lapsang.']);
    } finally {
      await plain.close();
    }
  });
});
