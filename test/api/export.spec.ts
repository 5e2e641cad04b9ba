import { execute } from '../support/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { connect, watch } from '../support/sockets.js';

let app: TestApp;
let token: string;
let userId: string;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  ({ token, userId } = await app.register());
});

const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id } session { id } } }`;
const START = `mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }`;
const TICKET = `mutation ($input: ExportInput!) { createExport(input: $input) { id path expiresAt } }`;
const PROGRESS = `subscription ($id: UUID!) { exportProgressed(id: $id) {
  state sessionsTotal sessionsDone interactionsTotal interactionsDone bytes } }`;

async function record(input: object): Promise<{ interaction: { id: string }; session: { id: string } }> {
  const { body } = await app.graphql(RECORD, { input }, token);
  return body.data.recordInteraction;
}

async function start(input: object): Promise<string> {
  const { body } = await app.graphql(START, { input }, token);
  return body.data.startSession.id;
}

const get = (path: string, authorization: string | null = `Bearer ${token}`) =>
  fetch(app.url + path, { headers: authorization === null ? {} : { authorization } });

const TEXT = 'Zeile 1\nZeile 2 "quoted", 茶 🍵';

async function tea() {
  const at = (minute: number) => `2026-01-05T10:0${minute}:00.000Z`;
  const sessionId = await start({ title: 'Tea', tags: ['drinks'], occurredAt: at(0) });
  await record({
    sessionId,
    question: TEXT,
    answer: '=HYPERLINK("http://x")',
    steps: [{ role: 'TOOL', toolName: 'shop', content: 'in stock' }],
    metadata: { speakers: { user: 'Nora' } },
    contextUsed: { sources: [] },
    occurredAt: at(1),
  });
  await record({ sessionId, question: 'And now?', error: 'no answer', occurredAt: at(2) });
  return sessionId;
}

describe('an export', () => {
  it('as JSON is complete, and the same bytes each time', async () => {
    const tea1 = await tea();
    const coffee = await start({ title: 'Coffee', type: 'VOICE_CALL', state: { cups: 2 } });
    const response = await get('/export?format=json');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="recollect.json"');
    const text = await response.text();
    const file = JSON.parse(text);
    expect(file).toMatchObject({ format: 'recollect-export', version: 1, user: { timeZone: 'UTC' } });
    expect(file.sessions).toMatchObject([
      {
        id: tea1,
        title: 'Tea',
        tags: ['drinks'],
        startedAt: '2026-01-05T10:00:00.000Z',
        endReason: 'IDLE_TIMEOUT',
        interactions: [
          {
            question: TEXT,
            status: 'COMPLETED',
            steps: [{ role: 'TOOL', toolName: 'shop', content: 'in stock' }],
            contextUsed: { sources: [] },
            metadata: { speakers: { user: 'Nora' } },
            occurredAt: '2026-01-05T10:01:00.000Z',
          },
          { question: 'And now?', answer: null, status: 'FAILED', error: 'no answer' },
        ],
      },
      { id: coffee, title: 'Coffee', type: 'VOICE_CALL', state: { cups: 2 }, interactions: [] },
    ]);
    expect(text).not.toContain('userId');
    expect(await (await get('/export?format=json')).text()).toBe(text);
  });

  it('as JSONL is a line of what user and assistant said for each session', async () => {
    await tea();
    await start({});
    const lines = (await (await get('/export?format=jsonl')).text()).split('\n');
    expect(lines.map((line) => line && JSON.parse(line))).toEqual([
      {
        messages: [
          { role: 'user', content: TEXT },
          { role: 'assistant', content: '=HYPERLINK("http://x")' },
          { role: 'user', content: 'And now?' },
        ],
      },
      { messages: [] },
      '',
    ]);
  });

  it('as Markdown can be read', async () => {
    await tea();
    const text = await (await get('/export?format=markdown')).text();
    expect(text).toContain('## Tea\n\n2026-01-05T10:00:00.000Z, text chat; drinks\n');
    expect(text).toContain(`**User** (2026-01-05T10:01:00.000Z)\n\n${TEXT.replace(/^/gm, '> ')}\n`);
    expect(text).toContain('**Tool shop** (');
  });

  it('as Markdown keeps what is left open to its message', async () => {
    const steps = [{ role: 'TOOL', toolName: 'x\n# y', content: '<!--' }];
    await record({ sessionId: await start({ tags: ['a\n# b'] }), question: '```\r\n\r\n# c', steps });
    const text = await (await get('/export?format=markdown')).text();
    expect(text).toContain('\n\n> ```\n>\n> # c\n\n');
    expect(text).toContain('**Tool x # y** (');
    expect(text.match(/^#.*$/gm)).toHaveLength(2);
  });

  it('as CSV is no formula to a spreadsheet', async () => {
    await tea();
    const text = await (await get('/export?format=csv')).text();
    expect(text.split('\r\n')[0]).toContain('"role"');
    expect(text).toContain(`"'=HYPERLINK(""http://x"")"`);
    expect(text).toContain('"Zeile 1\nZeile 2 ""quoted"", 茶 🍵"');
  });

  it('of a selection has these sessions, in this order', async () => {
    const [one, , three] = [await start({}), await start({}), await start({})];
    const response = await get(`/export?sessionId=${three}&sessionId=${one}`);
    const { sessions } = (await response.json()) as { sessions: { id: string }[] };
    expect(sessions.map(({ id }) => id)).toEqual([three, one]);
  });

  it('goes on after a session, in the same order', async () => {
    const ids = [await start({}), await start({}), await start({})];
    const idsOf = async (query: string) => {
      const { sessions } = (await (await get(`/export?${query}`)).json()) as { sessions: { id: string }[] };
      return sessions.map(({ id }) => id);
    };
    expect(await idsOf(`after=${ids[0]}`)).toEqual(ids.slice(1));
    expect(await idsOf(`after=${ids[2]}`)).toEqual([]);
    expect(await idsOf(`sessionId=${ids[2]}&sessionId=${ids[0]}&after=${ids[2]}`)).toEqual([ids[0]]);
    expect((await get(`/export?sessionId=${ids[0]}&after=${ids[1]}`)).status).toBe(404);
  });

  it('tells its progress until the last byte', async () => {
    await tea();
    await start({});
    const { body } = await app.graphql(TICKET, { input: { format: 'JSON' } }, token);
    const { id, path } = body.data.createExport;
    const client = connect(app.wsUrl, token);
    const progress = watch(client, PROGRESS, { id });
    expect(await progress.atLeast(1)).toMatchObject([{ state: 'WAITING', sessionsTotal: 0 }]);
    const text = await (await get(path, null)).text();
    expect((await progress.ended).at(-1)).toEqual({
      state: 'COMPLETED',
      sessionsTotal: 2,
      sessionsDone: 2,
      interactionsTotal: 2,
      interactionsDone: 2,
      bytes: Buffer.byteLength(text),
    });
    expect(progress.errors).toEqual([]);
    await client.dispose();
  });

  it('whose reader leaves has failed', async () => {
    await tea();
    const { body } = await app.graphql(TICKET, { input: { format: 'JSON' } }, token);
    const { id, path } = body.data.createExport;
    await execute(
      app.databaseUrl,
      `insert into interactions (user_id, id, session_id, sequence, revision, status, modality, question, occurred_at)
       select user_id, gen_random_uuid(), session_id, 1000 + n, 1, status, modality, repeat('tea ', 250000), occurred_at
       from interactions, generate_series(1, 100) n where user_id = $1 and question = $2`,
      [userId, TEXT],
    );
    const response = await get(path, null);
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    const client = connect(app.wsUrl, token);
    expect((await watch(client, PROGRESS, { id }).ended).at(-1)).toMatchObject({ state: 'FAILED' });
    await client.dispose();
  });

  it('has every turn of many pages, in order', async () => {
    const items = Array.from({ length: 250 }, (_, n) => ({
      question: String(n),
      scope: n < 245 ? 'a' : `b${n}`,
    }));
    await app.graphql(
      'mutation ($items: [RecordInteractionInput!]!) { recordInteractions(items: $items) { error { code } } }',
      { items },
      token,
    );
    for (let n = 0; n < 25; n++) await start({});
    const file = (await (await get('/export')).json()) as {
      sessions: { interactions: { question: string }[] }[];
    };
    expect(file.sessions).toHaveLength(31);
    expect(file.sessions.flatMap(({ interactions }) => interactions.map(({ question }) => question))).toEqual(
      items.map(({ question }) => question),
    );
  });
});

describe('who may', () => {
  it('export: the user alone, with the token', async () => {
    const sessionId = await tea();
    expect((await get('/export', null)).status).toBe(401);
    expect((await get('/export', 'Bearer nonsense')).status).toBe(401);
    const { token: other } = await app.register();
    const foreign = await get(`/export?sessionId=${sessionId}`, `Bearer ${other}`);
    expect(foreign.status).toBe(404);
    expect(await foreign.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    expect(await (await get('/export', `Bearer ${other}`)).text()).not.toContain('Zeile');
  });

  it('fetch by a ticket: whoever has it, once', async () => {
    const sessionId = await tea();
    const input = { format: 'MARKDOWN', sessionIds: [sessionId] };
    const { body } = await app.graphql(TICKET, { input }, token);
    const { path, expiresAt } = body.data.createExport;
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    const first = await get(path, null);
    expect(first.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await first.text()).toContain('## Tea');
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect((await get(path, null)).status).toBe(404);
    expect((await get('/export/nonsense', null)).status).toBe(404);
  });

  it('nothing by looking, which leaves the ticket good', async () => {
    await tea();
    const { body } = await app.graphql(TICKET, { input: { format: 'MARKDOWN' } }, token);
    const { path } = body.data.createExport as { path: string };
    const looked = await fetch(app.url + path, { method: 'HEAD' });
    expect([looked.status, looked.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await get(path, null)).status).toBe(200);
  });

  it('not a ticket of another user’s session', async () => {
    const sessionId = await tea();
    const { token: other } = await app.register();
    const { body } = await app.graphql(TICKET, { input: { format: 'JSON', sessionIds: [sessionId] } }, other);
    expect(body.errors![0]!.extensions.code).toBe('NOT_FOUND');
  });

  it.each([
    ['format=exe', 'format'],
    ['format=csv&format=json', 'format'],
    ['sessionId=1', 'sessionIds'],
  ])('hears what is wrong with ?%s', async (query, field) => {
    const response = await get(`/export?${query}`);
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as any;
    expect(errors[0].extensions.code).toBe('BAD_USER_INPUT');
    expect(Object.keys(errors[0].extensions.fields)).toEqual([field]);
  });
});
