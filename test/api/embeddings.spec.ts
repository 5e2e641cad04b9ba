import { randomUUID } from 'node:crypto';
import { createDataSource } from '../../src/database/data-source.js';
import { migrate } from '../../src/database/migrator.js';
import { EmbeddingsService } from '../../src/embeddings/embeddings.service.js';
import { InteractionEmbedding } from '../../src/embeddings/interaction-embedding.entity.js';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';
import { asService, CONTEXT, embedAll, health, RECALL, texts } from '../support/embeddings.js';
import { EmbeddingsServer, REFUSED_WORD } from '../support/embeddings-server.js';
import { PgvectorServer } from '../support/pgvector.js';

const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id sessionId } error { message } } }`;
const KEY = 'the-key-of-the-provider';

const provider = new EmbeddingsServer();
const environment = {
  RECOLLECT_SECRET: randomUUID(),
  EMBEDDINGS_MODEL: 'concepts',
  EMBEDDINGS_API_KEY: KEY,
  EMBEDDINGS_DIMENSIONS: '64',
  DATABASE_POOL_SIZE: '2',
};
let server: PgvectorServer;
let app: TestApp;
let token: string;
let userId: string;

beforeAll(async () => {
  const EMBEDDINGS_BASE_URL = await provider.start();
  server = await PgvectorServer.start();
  await migrate(server.url);
  Object.assign(environment, { EMBEDDINGS_BASE_URL });
  app = await startApp({ ...environment, DATABASE_URL: server.url });
});
afterAll(async () => {
  await app.close();
  await server.stop();
  await provider.stop();
});
beforeEach(async () => {
  ({ token, userId } = await app.register());
});
afterEach(() => (provider.always = undefined));

const ask = (query: string, variables: object, at = app) => at.ask(query, variables, token);
async function tell(...turns: ([string, string?] | Record<string, unknown>)[]): Promise<any[]> {
  const items = turns.map((turn) => (Array.isArray(turn) ? { question: turn[0], answer: turn[1] } : turn));
  const { recordInteractions } = await ask(RECORD, { items });
  for (const { error } of recordInteractions) expect(error).toBeNull();
  return recordInteractions.map(({ interaction }: any) => interaction);
}
const recall = async (query: string, more: Record<string, unknown> = {}, of = app): Promise<any[]> =>
  (await ask(RECALL, { query, ...more }, of)).recall;
const buildContext = async (query: string, more: Record<string, unknown> = {}, of = app) =>
  (await ask(CONTEXT, { input: { query, maxRecent: 0, tokenBudget: 200, ...more } }, of)).buildContext;
const metrics = async () => (await fetch(`${app.url}/metrics`)).text();
const embeddingsOf = (id: string, of = userId) =>
  execute(
    server.url,
    `select interaction_id, side, model, embedding is null as empty from interaction_embeddings
     where user_id = $1 order by interaction_id = $2, side`,
    [of, id],
  ) as Promise<any[]>;

describe('recall by meaning', () => {
  const STORY: [string, string][] = [
    ['My sister adopted two kittens.', 'What are their names?'],
    ['We painted the kitchen yellow.', 'A warm colour!'],
    ['The train to Lyon was late again.', 'How long did you wait?'],
  ];

  it('finds what no word of the query tells of', async () => {
    await tell(...STORY);
    await embedAll(app);
    const wordsOnly = await startApp({
      DATABASE_URL: server.url,
      RECOLLECT_SECRET: environment.RECOLLECT_SECRET,
    });
    try {
      expect(await health(wordsOnly)).toEqual({ status: 'up', state: 'off' });
      expect(await recall('Which pets do relatives own?', {}, wordsOnly)).toEqual([]);
    } finally {
      await wordsOnly.close();
    }
    const [hit] = await recall('Which pet does a relative own?');
    expect(texts([hit])).toEqual(['My sister adopted two kittens.']);
    expect(hit).toMatchObject({ foundBy: ['MEANING'], highlights: [] });
  });

  it('finds nothing where nothing is alike', async () => {
    await tell(...STORY);
    await embedAll(app);
    for (const query of ['Comets tonight?', 'Which interest rates rose last quarter?']) {
      expect([query, texts(await recall(query))]).toEqual([query, []]);
    }
    expect((await buildContext('Comets tonight?')).retrieval).toBe('HYBRID');
  });

  it('fuses it with what words find', async () => {
    await tell(...STORY, ['Is a feline allergic to yellow paint?', 'I do not know.']);
    await embedAll(app);
    const hits = await recall('yellow animal', { first: 10 });
    expect(texts(hits)[0]).toBe('Is a feline allergic to yellow paint?');
    expect(hits[0].foundBy).toEqual(['WORDS', 'MEANING']);
    expect(texts(hits)).toContain('We painted the kitchen yellow.');
    expect(hits[0].score).toBeLessThanOrEqual(1);
    expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a));
  });

  it('holds to filters, phrases and exclusions, and to the user', async () => {
    const [first] = await tell(
      ...STORY.slice(0, 1),
      { question: 'A kitten slept in my vehicle.', scope: 'other' },
      { question: 'And a feline ran into the garden.', scope: 'other' },
    );
    await embedAll(app);
    const { sessionId } = first;
    expect(texts(await recall('cat', { filter: { sessionId } }))).toEqual(STORY[0]);
    expect(texts(await recall('cat', { filter: { scope: 'other', roles: ['ASSISTANT'] } }))).toEqual([]);
    expect(texts(await recall('cat "my vehicle"'))).toEqual(['A kitten slept in my vehicle.']);
    expect(texts(await recall('cat -kitten -garden'))).toEqual(STORY[0]!.slice(1));
    expect(provider.texts.at(-1)).not.toContain('kitten');
    ({ token } = await app.register());
    expect(await recall('cat')).toEqual([]);
  });

  it('puts it into contexts, which say so', async () => {
    const small = Array.from({ length: 12 }, (_, n): [string, string] => [
      `On day ${n} we talked about the ${['weather', 'news', 'garden'][n % 3]} until noon.`,
      `Indeed, and about lunch number ${n}.`,
    ]);
    const [told] = await tell(...STORY, ...small);
    await embedAll(app);
    let context: any;
    const sent = await app.statements(async () => {
      context = await buildContext('Which pet does a relative own?');
    });
    const reads = sent.filter(({ name }) => name !== 'apply_commands'); // the ledger of tokens
    expect(reads.map(({ name }) => name)).toEqual([
      'recall_blocks',
      'recall_turns',
      'context_facts',
      'nearest_utterances',
    ]);
    expect(context).toMatchObject({ retrieval: 'HYBRID' });
    expect(context.sources[0]).toMatchObject({ id: told.id, role: 'USER', why: 'RELEVANT' });
    expect(context.systemPrompt).toContain('two kittens');
    expect((await buildContext('pets', { include: ['RECENT'] })).retrieval).toBeNull();
  });
});

describe('embedding', () => {
  it('goes with what it was made of', async () => {
    const [kept, deleted] = await tell(['A cat.', 'Yes.'], ['A car.', 'No.']);
    await embedAll(app);
    expect(await embeddingsOf(kept.id)).toHaveLength(4);
    await ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: deleted.id });
    const receipt = 'query ($id: UUID!) { deletionReceipt(id: $id) { removed { embeddings } } }';
    const { deletionReceipt } = await ask(receipt, { id: deleted.id });
    expect(deletionReceipt.removed).toEqual({ embeddings: 2 });
    expect((await embeddingsOf(kept.id)).map(({ interaction_id }) => interaction_id)).toEqual([
      kept.id,
      kept.id,
    ]);
    await execute(server.url, `update interactions set answer = 'Perhaps.' where id = $1`, [kept.id]);
    expect(await embeddingsOf(kept.id)).toEqual([]);
  });

  it('waits for answers, and embeds again what has changed', async () => {
    const opened = await ask(
      `mutation { openInteraction(input: { question: "Which vehicle?" }) { interaction { id } } }`,
      {},
    );
    const { id } = opened.openInteraction.interaction;
    await embedAll(app);
    expect(await embeddingsOf(id)).toEqual([]);
    await ask(
      'mutation ($id: UUID!) { completeInteraction(input: { id: $id, answer: "The red one." }) { interaction { status } } }',
      { id },
    );
    await embedAll(app);
    expect((await embeddingsOf(id)).map(({ side }) => side)).toEqual([0, 1]);
    expect(provider.texts.slice(-2)).toEqual(['Which vehicle?', 'Which vehicle?\nThe red one.']);
  });

  it('keeps nothing of what changes or goes while the provider works', async () => {
    const [changed, deleted] = await tell(['A cat?', 'Yes.'], ['A car?', 'No.']);
    provider.meanwhile = async () => {
      await ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: deleted.id });
      // As a command that changes the answer does.
      await execute(
        server.url,
        `with r as (update revisions set value = value + 1 where user_id = $1 returning value),
           i as (update interactions set answer = 'Tea.', revision = r.value from r where id = $2 returning r.value, session_id)
         insert into changes (user_id, revision, kind, session_id, interaction_id)
         select $1, value, 'INTERACTION_UPDATED', session_id, $2 from i`,
        [userId, changed.id],
      );
    };
    await embedAll(app);
    expect((await embeddingsOf(userId)).map(({ interaction_id }) => interaction_id)).toEqual([
      changed.id,
      changed.id,
    ]);
    expect(provider.texts.slice(-2)).toEqual(['A cat?', 'A cat?\nTea.']);
  });

  it('is done once, however many processes there are, and again for another model', async () => {
    const turns = Array.from({ length: 150 }, (_, n): [string, string] => [
      `Turn ${n} of ${userId}`,
      `Answer ${n}`,
    ]);
    for (let start = 0; start < turns.length; start += 50) await tell(...turns.slice(start, start + 50));
    const second = await startApp({ ...environment, DATABASE_URL: server.url });
    const other = await startApp({
      ...environment,
      DATABASE_URL: server.url,
      EMBEDDINGS_MODEL: 'finer',
      EMBEDDINGS_DIMENSIONS: '32',
    });
    try {
      const sent = () => provider.texts.filter((text) => text.includes(userId));
      await Promise.all([embedAll(app), embedAll(second)]);
      expect(sent()).toHaveLength(300);
      expect(sent()[0]).toContain('Turn 149 ');
      const [row] = await embeddingsOf(userId);
      expect(row.model).toBe('concepts@64');
      expect(await recall('Turn 3', {}, other)).not.toEqual([]);
      await embedAll(other);
      expect(sent()).toHaveLength(600);
      const models = new Set((await embeddingsOf(userId)).map(({ model }) => model));
      expect(models).toEqual(new Set(['finer@32']));
      expect(provider.requests.at(-1)).toMatchObject({ model: 'finer', dimensions: 32 });
    } finally {
      await second.close();
      await other.close();
      await embedAll(app);
    }
  });

  it('runs from the queue, and its tokens are in the ledger', async () => {
    const from = new Date();
    const [{ id }] = await tell(['A tea, please.', 'Which one?']);
    await execute(server.url, `select graphile_worker.add_job('embed-interactions')`);
    let rows: unknown[] = [];
    while (rows.length === 0) rows = await embeddingsOf(id);
    const { usage } = await ask(
      'query ($from: DateTime!) { usage(from: $from, groupBy: MODEL) { model calls promptTokens } }',
      { from },
    );
    expect(usage).toEqual([{ model: 'concepts', calls: 1, promptTokens: 2 }]);
    expect(await metrics()).toMatch(/recollect_embedded_texts_total\{purpose="interaction"\} \d{2,}/);
  });

  it('leaves out a text that the model refuses, and no other', async () => {
    const told = await tell(
      ['A cat.', 'One.'],
      [`It is ${REFUSED_WORD}.`, 'Two.'],
      ['  ', 'Three.'],
      ['A car.', 'Four.'],
    );
    await embedAll(app);
    const rows = await embeddingsOf(userId);
    const empty = rows.filter((row) => row.empty).map(({ interaction_id, side }) => [interaction_id, side]);
    expect(rows).toHaveLength(8);
    expect(empty.sort()).toEqual(
      [
        [told[1].id, 0],
        [told[1].id, 1],
        [told[2].id, 0],
      ].sort(),
    );
    expect((await health(app)).state).toBe('ready');
    const { length } = provider.requests;
    await embedAll(app);
    expect(provider.requests).toHaveLength(length);
  });
});

describe('a model that answers with vectors of another length than before', () => {
  it('is noticed and told, and what was said is embedded anew', async () => {
    const service = await startApp({
      ...environment,
      ...{ DATABASE_URL: server.url, EMBEDDINGS_MODEL: 'swapped', EMBEDDINGS_DIMENSIONS: undefined },
    });
    const lines: string[] = [];
    const log = (...words: unknown[]) => void lines.push(words.join(' '));
    service.app.useLogger({ log, warn: log, error: log });
    try {
      const [{ id }] = await tell(['My sister adopted two kittens.', 'Lovely!']);
      await embedAll(service);
      expect((await embeddingsOf(id))[0].model).toBe('swapped@64');
      expect(texts(await recall('feline', {}, service))[0]).toContain('kittens');
      provider.dimensions = 48;
      expect(await recall('one more feline', {}, service)).toEqual([]);
      let seen: any;
      provider.meanwhile = () => {
        provider.meanwhile = async () => (seen = await health(service)); // once it works on what was said
        return Promise.resolve();
      };
      await embedAll(service);
      expect(seen).toEqual({
        status: 'up',
        state: 'embedding anew',
        reason: 'what is stored is of swapped@64, and cannot be compared',
      });
      expect(lines.filter((line) => line.includes('swapped@64'))).toHaveLength(1);
      expect((await embeddingsOf(id))[0].model).toBe('swapped@48');
      expect(texts(await recall('one more feline', {}, service))[0]).toContain('kittens');
      expect((await health(service)).state).toBe('ready');
    } finally {
      provider.dimensions = 64;
      await service.close();
      await embedAll(app);
    }
  });
});

describe('a provider that misbehaves', () => {
  const REASONS = {
    error: /answered with status 500/,
    html: /answered with something else than embeddings/,
    short: /answered with vectors of 3 dimensions/,
    silent: /did not answer within 800 ms/,
  };

  it('is asked again when it is busy', async () => {
    const [{ id }] = await tell(['A cat.', 'Yes.']);
    provider.next('rate-limited', 'error');
    await embedAll(app);
    expect(await embeddingsOf(id)).toHaveLength(2);
  });

  it.each(['error', 'html', 'short', 'silent'] as const)(
    '%s: costs nobody more than meaning',
    async (how) => {
      const lines: string[] = [];
      const log = (...words: unknown[]) => void lines.push(JSON.stringify(words));
      app.app.useLogger({ log, warn: log, error: log });
      await tell(['My sister adopted two kittens.', 'Lovely!']);
      await embedAll(app);
      provider.always = how;
      const secret = `secret-${randomUUID()}`;
      expect(texts(await recall(`kittens ${secret}`))).toContain('My sister adopted two kittens.');
      const poor = await buildContext('kittens');
      expect(poor.retrieval).toBe('WORDS');
      expect(await buildContext('kittens')).toEqual(poor);
      const { state, reason } = await health(app);
      expect(state).toBe('provider failing');
      expect(reason).toMatch(REASONS[how]);
      const [{ id }] = await tell([`Now ${secret}.`, 'I see.']);
      if (how !== 'silent') await app.app.get(EmbeddingsService).catchUp(new AbortController().signal);
      expect(await metrics()).toMatch(/recollect_embedding_failures_total\{purpose="query"\} \d/);
      expect(await metrics()).toMatch(/recollect_embedding_users_behind [1-9]/);

      provider.always = undefined;
      await embedAll(app);
      expect(await embeddingsOf(id)).toHaveLength(4);
      expect((await health(app)).state).toBe('ready');
      expect((await buildContext('kittens')).retrieval).toBe('HYBRID');
      expect(lines.join()).toMatch(REASONS[how]);
      expect(lines.join()).not.toMatch(new RegExp(`${KEY}|${secret}|kittens`));
      expect(new Set(provider.authorizations)).toEqual(new Set([`Bearer ${KEY}`]));
    },
  );
});

describe('a provider that refuses everything', () => {
  it('is at fault, and not the texts', async () => {
    const [{ id }] = await tell(['A cat.', 'Yes.']);
    provider.always = 'refuse';
    const service = app.app.get(EmbeddingsService);
    while (service.health.state === 'ready') await service.catchUp(new AbortController().signal);
    expect(await health(app)).toMatchObject({ state: 'provider failing', reason: /status 400/ });
    expect(await embeddingsOf(id)).toEqual([]);
    provider.always = undefined;
    await embedAll(app);
    expect(await embeddingsOf(id)).toHaveLength(2);
  });
});

describe('a search by meaning that fails in the database', () => {
  it('leaves the words', async () => {
    await tell(['My sister adopted two kittens.', 'Lovely!']);
    await embedAll(app);
    await execute(server.url, 'alter table interaction_embeddings rename to aside');
    try {
      const [hit] = await recall('kittens');
      expect(hit).toMatchObject({ foundBy: ['WORDS'] });
    } finally {
      await execute(server.url, 'alter table aside rename to interaction_embeddings');
    }
  });
});

describe('a context that had to do without embeddings', () => {
  it('is not used again when they work', async () => {
    await tell(['My sister adopted two kittens.', 'Lovely!']);
    await embedAll(app);
    provider.always = 'error';
    expect((await buildContext('kittens, then')).retrieval).toBe('WORDS');
    provider.always = undefined;
    const mine = token;
    ({ token, userId } = await app.register());
    await tell(['A car.', 'Which one?']);
    await embedAll(app);
    token = mine;
    expect((await buildContext('kittens, then')).retrieval).toBe('HYBRID');
  });
});

describe('the table of embeddings', () => {
  it('is behind the second wall', async () => {
    await tell(['A cat.', 'Yes.']);
    await embedAll(app);
    const all = 'select user_id from interaction_embeddings';
    expect(await asService(server.url, all)).toEqual([]);
    const mine = await asService(server.url, `${all} where (select as_user($1)) is not null`, [userId]);
    expect(mine).toEqual([{ user_id: userId }, { user_id: userId }]);
  });

  it('is what its entity says', async () => {
    await tell(['A cat.', 'Yes.']);
    await embedAll(app);
    const source = await createDataSource(server.url, 'owner').initialize();
    const [row] = await source.getRepository(InteractionEmbedding).findBy({ userId, side: 1 });
    expect(row).toMatchObject({ userId, side: 1, model: 'concepts@64', dimensions: 64 });
    expect(row!.embedding).toHaveLength(64);
    await source.destroy();
  });
});
