import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await startApp();
  ({ token } = await app.register());
});
afterAll(() => app.close());

const RECORD =
  'mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }';
const BULK =
  'mutation ($items: [RecordInteractionInput!]!) { recordInteractions(items: $items) { error { code } } }';
const FAIL =
  'mutation ($input: FailInteractionInput!) { failInteraction(input: $input) { interaction { id } } }';
const START = 'mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }';
const STATE = 'mutation ($input: UpdateSessionStateInput!) { updateSessionState(input: $input) { id } }';
const ADD = 'mutation ($input: AddMessageInput!) { addMessage(input: $input) { message { id } } }';
const RECENT = 'query ($limit: Int) { recentInteractions(limit: $limit) { id } }';
const SESSIONS =
  'query ($first: Int, $after: String, $last: Int) { sessions(first: $first, after: $after, last: $last) { edges { cursor } } }';
const CHANGES =
  'query ($after: Revision!, $first: Int) { changes(after: $after, first: $first) { revision } }';

const MIB = 1024 * 1024;
const nested = (depth: number): object => (depth === 1 ? {} : { a: nested(depth - 1) });
const id = randomUUID();

/** What is sent, and the path that the refusal must name. */
const REFUSED: [what: string, query: string, variables: Record<string, unknown>, path: string | RegExp][] = [
  ['a NUL in a text', RECORD, { input: { question: 'a\0b' } }, 'input.question'],
  ['a lone surrogate in a text', RECORD, { input: { answer: 'a\ud800b' } }, 'input.answer'],
  [
    'a NUL deep in JSON',
    RECORD,
    { input: { question: 'q', metadata: { a: [{ b: '\0' }] } } },
    'input.metadata',
  ],
  ['a NUL in a key', RECORD, { input: { question: 'q', contextUsed: { 'a\0': 1 } } }, 'input.contextUsed'],
  [
    'a lone surrogate in JSON',
    RECORD,
    { input: { question: 'q', metadata: { a: '\udc00' } } },
    'input.metadata',
  ],
  ['a text over 1 MiB', RECORD, { input: { question: 'é'.repeat(MIB / 2 + 1) } }, 'input.question'],
  [
    'JSON over 256 KiB',
    RECORD,
    { input: { question: 'q', metadata: { a: 'x'.repeat(MIB / 4) } } },
    'input.metadata',
  ],
  ['JSON deeper than 32', RECORD, { input: { question: 'q', metadata: nested(33) } }, 'input.metadata'],
  ['JSON that is no object', RECORD, { input: { question: 'q', metadata: [1] } }, 'input.metadata'],
  ['a wrong id', RECORD, { input: { id: 'nonsense', question: 'q' } }, /input\.id/],
  [
    'an invalid date',
    RECORD,
    { input: { question: 'q', occurredAt: '2024-02-31T00:00:00Z' } },
    /input\.occurredAt/,
  ],
  ['a date that is a number', RECORD, { input: { question: 'q', occurredAt: 5 } }, /input\.occurredAt/],
  ['an unknown enum value', RECORD, { input: { question: 'q', modality: 'SMELL' } }, /input\.modality/],
  ['an unknown field', RECORD, { input: { question: 'q', userId: id } }, /input/],
  [
    'both a session and a scope',
    RECORD,
    { input: { question: 'q', sessionId: id, scope: 'x' } },
    'input.sessionId',
  ],
  [
    'a step of the user',
    RECORD,
    { input: { steps: [{ role: 'USER', content: 'x' }] } },
    'input.steps.0.role',
  ],
  [
    'a NUL in a step',
    RECORD,
    { input: { steps: [{ role: 'TOOL', content: '\0' }] } },
    'input.steps.0.content',
  ],
  ['257 steps', RECORD, { input: { steps: Array(257).fill({ role: 'TOOL' }) } }, 'input.steps'],
  ['a bulk of none', BULK, { items: [] }, 'items'],
  ['a bulk of 501', BULK, { items: Array(501).fill({ question: 'q' }) }, 'items'],
  [
    'a wrong id within a bulk',
    BULK,
    { items: [{ question: 'q' }, { id: 'x', question: 'q' }] },
    /items\.1\.id/,
  ],
  ['an empty error', RECORD, { input: { question: 'q', error: '' } }, 'input.error'],
  ['an empty error code', RECORD, { input: { question: 'q', errorCode: '' } }, 'input.errorCode'],
  ['a failure without a reason', FAIL, { input: { id, error: '' } }, 'input.error'],
  ['null for a text that must be', ADD, { input: { role: 'USER', content: null } }, /input\.content/],
  ['a long scope', START, { input: { scope: 'x'.repeat(257) } }, 'input.scope'],
  ['an empty tag', START, { input: { tags: ['a', ''] } }, 'input.tags'],
  ['a null tag', START, { input: { tags: [null] } }, /input\.tags/],
  ['a timeout of nothing', START, { input: { idleTimeoutSeconds: 0 } }, 'input.idleTimeoutSeconds'],
  ['a limit beyond Int', START, { input: { tokenLimit: 2 ** 31 } }, /input\.tokenLimit/],
  ['a fraction for a number', START, { input: { tokenLimit: 1000.5 } }, /input\.tokenLimit/],
  ['a negative version', STATE, { input: { id, patch: {}, expectedVersion: -1 } }, 'input.expectedVersion'],
  ['a patch that is text', STATE, { input: { id, patch: 'x', expectedVersion: 0 } }, 'input.patch'],
  ['a limit of nothing', RECENT, { limit: 0 }, 'limit'],
  ['a limit over the cap', RECENT, { limit: 101 }, 'limit'],
  ['a null limit', RECENT, { limit: null }, 'limit'],
  ['a page over the cap', SESSIONS, { first: 101 }, 'first'],
  ['both ends of a list', SESSIONS, { first: 1, last: 1 }, 'last'],
  ['an invented cursor', SESSIONS, { after: 'bm9uc2Vuc2U' }, 'after'],
  ['a negative revision', CHANGES, { after: -1 }, /after/],
  ['a revision ahead of the server', CHANGES, { after: 1e9 }, 'after'],
  ['a revision that is text', CHANGES, { after: '1' }, /after/],
];

describe('bad input', () => {
  it.each(REFUSED)('%s is BAD_USER_INPUT and names the field', async (_, query, variables, path) => {
    const { body } = await app.graphql(query, variables, token);
    expect(body.data?.recordInteraction ?? null).toBeNull();
    const [error] = body.errors!;
    expect(error!.extensions.code).toBe('BAD_USER_INPUT');
    if (typeof path === 'string') expect(Object.keys(error!.extensions.fields)).toEqual([path]);
    else expect(`${error!.message} ${Object.keys(error!.extensions.fields ?? {}).join()}`).toMatch(path);
  });

  it('stores nothing', async () => {
    const { body } = await app.graphql(
      '{ recentInteractions { id } sessions { edges { node { id } } } }',
      {},
      token,
    );
    expect(body.data).toEqual({ recentInteractions: [], sessions: { edges: [] } });
  });

  it('of a request too large is PAYLOAD_TOO_LARGE, in the shape of GraphQL', async () => {
    const { status, body } = await app.graphql(RECORD, { input: { question: 'x'.repeat(17 * MIB) } }, token);
    expect(status).toBe(413);
    expect(body.errors![0]!.extensions.code).toBe('PAYLOAD_TOO_LARGE');
  });
});

describe('good input at the limits', () => {
  it('comes back as it was sent', async () => {
    const input = {
      question: 'é'.repeat(MIB / 2),
      answer: '漢'.repeat(1000) + '\u0001\u2028😀 <|endoftext|>',
      metadata: { ...nested(32), text: 'ü'.repeat(1000), '': null, big: 1e300, small: -0.1 },
    };
    const query = `mutation ($input: RecordInteractionInput!) {
      recordInteraction(input: $input) { interaction { question answer metadata } } }`;
    const { body } = await app.graphql(query, { input }, token);
    expect(body.data.recordInteraction.interaction).toEqual(input);
  });
});

describe('keys that name what every object has', () => {
  // Written as text: in an object literal `__proto__` sets the prototype.
  const text = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"a":{"toString":1}}';
  const document = JSON.parse(text) as object;
  const ask = async (query: string, variables: object) => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as { data: any; errors?: any[] };
  };
  const asText = (value: unknown) => JSON.stringify(sorted(value));
  const sorted = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, item]) => [key, sorted(item)])
      : value;

  afterEach(() => expect(({} as { admin?: boolean }).admin).toBeUndefined());

  it('are data in JSON, whichever field it is in', async () => {
    const id = randomUUID();
    const steps = [{ role: 'TOOL', toolName: 't', arguments: document }];
    const input = { id, question: 'q', steps, contextUsed: document, metadata: document };
    const record = `mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) {
      interaction { id metadata contextUsed steps { arguments } } session { id } } }`;
    const { interaction, session } = (await ask(record, { input })).data.recordInteraction;
    const { metadata, contextUsed, steps: stored } = interaction;
    expect([metadata, contextUsed, stored[0].arguments].map(asText)).toEqual(Array(3).fill(asText(document)));
    // A retry is known by a digest that tells these keys apart.
    expect((await ask(record, { input })).data.recordInteraction.interaction.id).toBe(id);
    const other = { ...input, metadata: JSON.parse(text.replace('"admin":true', '"admin":1')) as object };
    expect((await ask(record, { input: other })).errors![0].extensions.code).toBe('CONFLICT');

    const merge = `mutation ($input: UpdateSessionStateInput!) { updateSessionState(input: $input) { state } }`;
    const patch = { id: session.id, patch: document, expectedVersion: 0 };
    expect(asText((await ask(merge, { input: patch })).data.updateSessionState.state)).toBe(asText(document));
  });

  it('are unknown fields of an input, and variables that nobody asked for', async () => {
    const spoilt = JSON.parse(`{"input":{"question":"q","__proto__":{"answer":"a"}}}`) as object;
    expect((await ask(RECORD, spoilt)).errors![0].extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    const unasked = JSON.parse('{"__proto__":{"limit":-1},"constructor":1}') as object;
    expect((await ask(RECENT, unasked)).errors).toBeUndefined();
  });

  it('may be names of variables, and aliases', async () => {
    const alias = await ask('{ __proto__: recentInteractions { __proto__: id } }', {});
    expect(JSON.stringify(alias)).toMatch(/^\{"data":\{"__proto__":\[\{"__proto__":"/);
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
      const query = `query ($${name}: Int) { recentInteractions(limit: $${name}) { id } }`;
      const { errors } = await ask(query, JSON.parse(`{"${name}":0}`) as object);
      expect(errors?.map(({ extensions }) => extensions)).toEqual([
        { code: 'BAD_USER_INPUT', fields: { limit: [expect.any(String)] } },
      ]);
      const wrong = await ask(query, JSON.parse(`{"${name}":"x"}`) as object);
      expect(wrong.errors![0].extensions.code).toBe('BAD_USER_INPUT');
    }
  });
});
