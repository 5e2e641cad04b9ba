import { createHash } from 'node:crypto';
import { codeOf, startApp, type Answer, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';
import { ACCESS, OPEN, record, REVOKE, share, SHARE } from '../support/sharing.js';

const SECRET = 'only the owner may read this';
const OPENED = `mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { interaction { id } } }`;
const COMPLETE = `mutation ($input: CompleteInteractionInput!) { completeInteraction(input: $input) { interaction { id } } }`;

let server: TestApp;
let owner: { token: string; userId: string };
let sessionId: string;

beforeAll(async () => {
  server = await startApp({ TRUST_PROXY: '1' });
});
afterAll(() => server.close());
beforeEach(async () => {
  owner = await server.register();
  ({ sessionId } = await record(server, owner.token, {
    question: 'Which tea?',
    answer: 'The smoky one.',
    contextUsed: { quoted: SECRET },
    metadata: { model: 'any' },
    steps: [{ role: 'TOOL', toolName: 'search', content: 'Lapsang' }],
  }));
});

const open = (token: string, variables: Record<string, unknown> = {}) =>
  server.graphql(OPEN, { token, ...variables });
const turnsOf = (answer: Answer): any[] =>
  answer.body.data.sharedSession.turns.edges.map(({ node }: any) => node);
const questionsOf = (answer: Answer): string[] => turnsOf(answer).map(({ question }) => question);
const asOwner = (query: string, variables: Record<string, unknown> = {}) =>
  server.graphql(query, variables, owner.token);

describe('a link', () => {
  it('opens the session without an account, and shows what was chosen', async () => {
    const bare = await open((await share(server, owner.token, { sessionId })).token);
    expect(bare.body.data.sharedSession).toMatchObject({
      type: 'TEXT_CHAT',
      mode: 'SNAPSHOT',
      metadata: null,
    });
    expect(turnsOf(bare)).toMatchObject([
      { question: 'Which tea?', answer: 'The smoky one.', status: 'COMPLETED', modality: 'TEXT' },
    ]);
    expect(turnsOf(bare)[0]).toMatchObject({ steps: null, error: null, contextUsed: null, metadata: null });
    expect(JSON.stringify(bare.body)).not.toContain(SECRET);

    const all = { sessionId, showMetadata: true, showContext: true, showSteps: true };
    const full = await open((await share(server, owner.token, all)).token);
    expect(full.body.data.sharedSession.metadata).toEqual({});
    expect(turnsOf(full)[0]).toMatchObject({
      steps: [{ role: 'TOOL', content: 'Lapsang', toolName: 'search' }],
      contextUsed: { quoted: SECRET },
      metadata: { model: 'any' },
    });
  });

  it('is shown once, and stored as a digest alone', async () => {
    const { token, share: made } = await share(server, owner.token, { sessionId });
    expect(token).toMatch(/^rs_[\w-]{43}$/);
    const rows = await execute(server.databaseUrl, 'select * from shares where id = $1', [made.id]);
    expect(rows).toMatchObject([{ token_hash: createHash('sha256').update(token).digest() }]);
    expect(JSON.stringify(rows)).not.toContain(token.slice(3));
    expect(JSON.stringify((await asOwner(ACCESS, { sessionId })).body)).not.toContain(token.slice(3));
  });

  it('to a snapshot shows what was said until then, and nothing that was deleted since', async () => {
    const opened = await asOwner(OPENED, { input: { question: 'And the green one?' } });
    const { token } = await share(server, owner.token, { sessionId, showMetadata: true });
    const late = {
      id: opened.body.data.openInteraction.interaction.id,
      answer: SECRET,
      metadata: { late: 1 },
    };
    expect((await asOwner(COMPLETE, { input: late })).body.errors).toBeUndefined();
    await record(server, owner.token, { sessionId, question: SECRET });
    const answer = await open(token);
    expect(questionsOf(answer)).toEqual(['Which tea?', 'And the green one?']);
    expect(turnsOf(answer)[1]).toMatchObject({ status: 'PENDING', answer: null, completedAt: null });
    expect(JSON.stringify(answer.body)).not.toContain(SECRET);

    await asOwner('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: turnsOf(answer)[0].id });
    expect(questionsOf(await open(token))).toEqual(['And the green one?']);
    await asOwner('mutation ($id: UUID!) { clearMessages(id: $id) { id } }', { id: sessionId });
    expect(questionsOf(await open(token))).toEqual([]);
  });

  it('to a snapshot keeps the answer of a turn that was only rated since', async () => {
    const { token } = await share(server, owner.token, { sessionId });
    const { id } = turnsOf(await open(token))[0];
    await asOwner('mutation ($id: UUID!) { rateInteraction(input: { id: $id, rating: 5 }) { id } }', { id });
    expect(turnsOf(await open(token))[0].answer).toBe('The smoky one.');
  });

  it('to the live session follows it', async () => {
    const { token } = await share(server, owner.token, { sessionId, mode: 'LIVE' });
    await record(server, owner.token, { sessionId, question: 'And now?' });
    expect(questionsOf(await open(token))).toEqual(['Which tea?', 'And now?']);
  });

  it('gives pages in both directions', async () => {
    for (let index = 1; index <= 5; index++) {
      await record(server, owner.token, { sessionId, question: `Question ${index}` });
    }
    const { token } = await share(server, owner.token, { sessionId });
    const pages: string[][] = [];
    let after: string | null = null;
    do {
      const answer = await open(token, { first: 4, after });
      pages.push(questionsOf(answer));
      const { hasNextPage, endCursor } = answer.body.data.sharedSession.turns.pageInfo;
      after = hasNextPage ? endCursor : null;
    } while (after);
    expect(pages).toEqual([
      ['Which tea?', 'Question 1', 'Question 2', 'Question 3'],
      ['Question 4', 'Question 5'],
    ]);
    const newest = await open(token, { last: 2 });
    expect(questionsOf(newest)).toEqual(['Question 4', 'Question 5']);
    const before = newest.body.data.sharedSession.turns.pageInfo.startCursor;
    const earlier = await open(token, { last: 3, before });
    expect(questionsOf(earlier)).toEqual(['Question 1', 'Question 2', 'Question 3']);
    expect(earlier.body.data.sharedSession.turns.pageInfo).toMatchObject({
      hasPreviousPage: true,
      hasNextPage: true,
    });
  });

  it('ends a page early that is large, with more to come', async () => {
    const text = 'word '.repeat(200_000);
    for (let index = 0; index < 4; index++) {
      await record(server, owner.token, { sessionId, question: text, answer: text });
    }
    const { token } = await share(server, owner.token, { sessionId });
    const answer = await open(token, { first: 10 });
    expect(turnsOf(answer)).toHaveLength(4);
    const { hasNextPage, endCursor } = answer.body.data.sharedSession.turns.pageInfo;
    expect(hasNextPage).toBe(true);
    expect(turnsOf(await open(token, { first: 10, after: endCursor }))).toHaveLength(1);
  });

  it('is read in two statements', async () => {
    const { token } = await share(server, owner.token, { sessionId });
    const sent = await server.statements(() => open(token));
    expect(sent.map(({ name }) => name)).toEqual(['session_of_link', 'shared_turns']);
  });

  it('is answered with nothing for caches to keep', async () => {
    const { token } = await share(server, owner.token, { sessionId });
    const query = encodeURIComponent(`{ sharedSession(token: "${token}") { type } }`);
    const headers = { 'apollo-require-preflight': 'true' };
    const response = await fetch(`${server.url}/graphql?query=${query}`, { headers });
    expect(await response.json()).toEqual({ data: { sharedSession: { type: 'TEXT_CHAT' } } });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it.each([
    ['a password that is too short', { password: 'x' }, 'input.password'],
    ['an end in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 'input.expiresAt'],
  ])('is refused with %s', async (_, input, path) => {
    const answer = await asOwner(SHARE, { input: { sessionId, ...input } });
    expect(Object.keys(answer.body.errors![0]!.extensions.fields)).toEqual([path]);
  });

  it('is one of a hundred at the most', async () => {
    await execute(
      server.databaseUrl,
      `insert into shares (user_id, id, session_id, up_to, show_metadata, show_context, show_steps)
       select $1, gen_random_uuid(), $2, 1, true, true, true from generate_series(1, 100)`,
      [owner.userId, sessionId],
    );
    expect(codeOf(await asOwner(SHARE, { input: { sessionId } }))).toBe('CONFLICT');
  });
});

describe('a link that is over', () => {
  const expectGone = async (token: string) => {
    const gone = await open(token);
    const unknown = await open(`rs_${'A'.repeat(43)}`);
    expect(gone.body.errors![0]).toEqual(unknown.body.errors![0]);
    expect(codeOf(gone)).toBe('NOT_FOUND');
  };

  it('because it was revoked, alone or with all of the session, opens nothing', async () => {
    const links = [];
    for (let count = 0; count < 3; count++) links.push(await share(server, owner.token, { sessionId }));
    expect((await asOwner(REVOKE, { id: links[0]!.share.id })).body.data.revokeShare).toBe(
      links[0]!.share.id,
    );
    await expectGone(links[0]!.token);
    expect(codeOf(await asOwner(REVOKE, { id: links[0]!.share.id }))).toBe('NOT_FOUND');
    expect(codeOf(await open(links[1]!.token))).toBeUndefined();
    const all = 'mutation ($sessionId: UUID!) { revokeShares(sessionId: $sessionId) }';
    expect((await asOwner(all, { sessionId })).body.data.revokeShares).toBe(2);
    for (const { token } of links) await expectGone(token);
    expect((await asOwner(ACCESS, { sessionId })).body.data.sessionAccess).toEqual([]);
  });

  it('because it expired, or its session or user is gone, opens nothing', async () => {
    const [expired, left] = [
      await share(server, owner.token, { sessionId }),
      await share(server, owner.token, { sessionId }),
    ];
    await execute(server.databaseUrl, `update shares set expires_at = now() where id = $1`, [
      expired.share.id,
    ]);
    await expectGone(expired.token);
    await asOwner('mutation ($id: UUID!) { deleteSession(id: $id) }', { id: sessionId });
    await expectGone(left.token);

    const other = await record(server, owner.token, { question: 'x' });
    const { token } = await share(server, owner.token, { sessionId: other.sessionId });
    await asOwner('mutation { deleteMe(password: "correct horse battery") { at } }');
    await expectGone(token);
    expect(
      await execute(server.databaseUrl, 'select 1 from shares where user_id = $1', [owner.userId]),
    ).toEqual([]);
  });
});

describe('a password', () => {
  it('is needed, and asked for in limits', async () => {
    const input = { sessionId, password: 'open sesame' };
    const { token, share: made } = await share(server, owner.token, input);
    expect(made.hasPassword).toBe(true);
    expect(codeOf(await open(token))).toBe('FORBIDDEN');
    expect(questionsOf(await open(token, { password: 'open sesame' }))).toEqual(['Which tea?']);
    const [row] = (await execute(server.databaseUrl, 'select password_hash from shares where id = $1', [
      made.id,
    ])) as { password_hash: string }[];
    expect(row!.password_hash).toMatch(/^\$argon2id\$/);

    const codes: unknown[] = [];
    for (let guess = 0; guess < 11; guess++)
      codes.push(codeOf(await open(token, { password: `guess ${guess}` })));
    expect(codes).toEqual([...Array<string>(10).fill('FORBIDDEN'), 'RATE_LIMITED']);
    // Who has given the right one goes on reading; somebody else at that address waits.
    expect(codeOf(await open(token, { password: 'open sesame' }))).toBeUndefined();
    const aliases = Array.from(
      { length: 20 },
      (_, index) => `a${index}: sharedSession(token: "${token}", password: "x") { type }`,
    );
    const many = await server.graphql(`{ ${aliases.join(' ')} }`);
    expect(many.body.errors!.every(({ extensions }) => extensions.code === 'RATE_LIMITED')).toBe(true);
  });
});

describe('the owner', () => {
  it('sees when a link was read, and how often', async () => {
    const { token, share: made } = await share(server, owner.token, { sessionId });
    expect(made).toMatchObject({ lastAccessAt: null, accessCount: 0 });
    for (let times = 0; times < 3; times++) await open(token);
    const listed = async () => (await asOwner(ACCESS, { sessionId })).body.data.sessionAccess[0];
    let seen = await listed();
    while (seen.accessCount < 3) seen = await listed();
    expect(seen).toMatchObject({ id: made.id, accessCount: 3, lastAccessAt: expect.any(String) });
  });

  it('sees too what was read a moment before the service stopped', async () => {
    const { token } = await share(server, owner.token, { sessionId });
    const other = await startApp({ DATABASE_URL: server.databaseUrl });
    await other.graphql(OPEN, { token });
    await other.close();
    expect((await asOwner(ACCESS, { sessionId })).body.data.sessionAccess[0].accessCount).toBe(1);
  });

  it('is told of shares by the log of changes', async () => {
    const { share: made } = await share(server, owner.token, { sessionId });
    await asOwner(REVOKE, { id: made.id });
    const { body } = await asOwner('{ changes(after: 0) { changes { kind sessionId } } }');
    expect(body.data.changes.changes.slice(-2)).toEqual([
      { kind: 'SHARE_CREATED', sessionId },
      { kind: 'SHARE_REVOKED', sessionId },
    ]);
  });
});

describe('an attacker', () => {
  it('finds no way from a shared session to anything else', async () => {
    const { body } = await server.graphql(
      '{ s: __type(name: "SharedSession") { fields { type { name ofType { name ofType { name } } } } } t: __type(name: "SharedTurn") { fields { type { name ofType { name ofType { name ofType { name } } } } } } }',
    );
    const names = JSON.stringify(body.data).match(/"name":"(\w+)"/g);
    for (const way of ['Session"', 'Interaction"', 'User"', 'Revision"']) {
      expect(names!.filter((name) => name.endsWith(`:"${way}`))).toEqual([]);
    }
  });

  it('cannot use the cursor of another list, or of another link to the same session', async () => {
    await record(server, owner.token, { sessionId, question: 'x' });
    const [one, two] = [
      await share(server, owner.token, { sessionId }),
      await share(server, owner.token, { sessionId }),
    ];
    const { endCursor } = (await open(one.token, { first: 1 })).body.data.sharedSession.turns.pageInfo;
    expect(codeOf(await open(one.token, { after: endCursor }))).toBeUndefined();
    expect(codeOf(await open(two.token, { after: endCursor }))).toBe('BAD_USER_INPUT');
    const own = await asOwner(
      'query ($id: UUID!) { session(id: $id) { interactions { pageInfo { endCursor } } } }',
      {
        id: sessionId,
      },
    );
    const after = own.body.data.session.interactions.pageInfo.endCursor;
    expect(codeOf(await open(one.token, { after }))).toBe('BAD_USER_INPUT');
  });

  it('gains nothing by the ids that a reader sees', async () => {
    const { token, share: made } = await share(server, owner.token, { sessionId });
    const { id } = turnsOf(await open(token))[0];
    const reader = await server.register();
    for (const query of ['query ($id: UUID!) { interaction(id: $id) { question } }', REVOKE]) {
      for (const known of [id, made.id]) {
        expect(codeOf(await server.graphql(query, { id: known }, reader.token))).toBe('NOT_FOUND');
      }
    }
    expect(codeOf(await server.graphql(ACCESS, { sessionId }, reader.token))).toBe('NOT_FOUND');
    expect(codeOf(await server.graphql(SHARE, { input: { sessionId } }, reader.token))).toBe('NOT_FOUND');
  });

  it('reads at most so often from one address', async () => {
    const { token } = await share(server, owner.token, { sessionId });
    const field = (index: number) => `a${index}: sharedSession(token: "${token}") { type }`;
    const query = `{ ${Array.from({ length: 30 }, (_, index) => field(index)).join(' ')} }`;
    const from = (address: string) =>
      fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ query }),
      }).then(async (response) => JSON.stringify(await response.json()));
    for (let times = 0; times < 20; times++) expect(await from('198.51.100.1')).not.toContain('RATE_LIMITED');
    expect(await from('198.51.100.1')).toContain('RATE_LIMITED');
    expect(await from('198.51.100.2')).not.toContain('RATE_LIMITED');
  });

  it('with a key that may write hands out nothing, and with one that may read opens a link', async () => {
    const { key } = await server.createKey(owner.token);
    expect(codeOf(await server.graphql(SHARE, { input: { sessionId } }, key))).toBe('FORBIDDEN');
    const { token } = await share(server, owner.token, { sessionId });
    expect(codeOf(await server.graphql(OPEN, { token }, key))).toBeUndefined();
  });
});
