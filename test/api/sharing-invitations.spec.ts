import { randomUUID } from 'node:crypto';
import { codeOf, startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';
import { ACCESS, record, REVOKE, share } from '../support/sharing.js';

const REGISTER = `mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { id } } }`;
const INVITE = `mutation ($input: InviteToSessionInput!) { inviteToSession(input: $input) {
  id sessionId isLink mode role email userId name acceptedAt hasPassword accessCount } }`;
const SHARED = '{ sharedWithMe { id role ownerName title acceptedAt expiresAt } }';
const ACCEPT = 'mutation ($id: UUID!) { acceptInvitation(id: $id) { id role acceptedAt } }';
const DECLINE = 'mutation ($id: UUID!) { declineInvitation(id: $id) }';
const READ = `query ($id: UUID!) { sessionSharedWithMe(id: $id) {
  mode turns { edges { node { id question answer contextUsed } } } } }`;
const WRITE = `mutation ($input: RecordSharedTurnInput!) { recordSharedTurn(input: $input) {
  id question answer status } }`;
const OPEN = `mutation ($input: OpenSharedTurnInput!) { openSharedTurn(input: $input) { id question answer status } }`;
const COMPLETE = `mutation ($input: CompleteSharedTurnInput!) { completeSharedTurn(input: $input) { answer status } }`;
const FAIL = `mutation ($input: FailSharedTurnInput!) { failSharedTurn(input: $input) { answer status } }`;
const TOOL = `mutation ($input: RecordSharedToolCallInput!) { recordSharedToolCall(input: $input) { id status } }`;
const LOG = `query ($id: UUID!) { session(id: $id) { active interactionCount
  interactions { edges { node { id question author { userId } } } } } }`;

interface Person {
  token: string;
  userId: string;
  email: string;
}

let server: TestApp;
let owner: Person;
let reader: Person;
let sessionId: string;
let people = 0;

async function person(email = `sharing${++people}@example.org`): Promise<Person> {
  const input = { email, password: 'correct horse battery', displayName: `Person ${people}` };
  const { accessToken, user } = (await server.graphql(REGISTER, { input })).body.data.register;
  return { token: accessToken, userId: user.id, email };
}

beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());
beforeEach(async () => {
  [owner, reader] = [await person(), await person()];
  ({ sessionId } = await record(server, owner.token, {
    question: 'Which tea?',
    answer: 'The smoky one.',
    contextUsed: { quoted: 'elsewhere' },
  }));
});

const as = ({ token }: Person, query: string, variables: Record<string, unknown> = {}) =>
  server.graphql(query, variables, token);
const invite = async (input: object, role = 'READER'): Promise<any> =>
  (await server.ask(INVITE, { input: { sessionId, role, ...input } }, owner.token)).inviteToSession;

async function join(role: string): Promise<string> {
  const { id } = await invite({ email: reader.email }, role);
  await as(reader, ACCEPT, { id });
  return id;
}

describe('an invitation', () => {
  it('by e-mail address reaches the account that has it, and opens the session once it is accepted', async () => {
    const invited = await invite({ email: reader.email.toUpperCase() });
    expect(invited).toMatchObject({
      isLink: false,
      mode: 'LIVE',
      email: reader.email,
      userId: null,
      name: null,
    });
    const id = invited.id as string;
    expect((await as(reader, SHARED)).body.data.sharedWithMe).toEqual([
      {
        id,
        role: 'READER',
        ownerName: expect.stringMatching(/^Person/),
        title: null,
        acceptedAt: null,
        expiresAt: null,
      },
    ]);
    expect(codeOf(await as(reader, READ, { id }))).toBe('NOT_FOUND');

    const accepted = await as(reader, ACCEPT, { id });
    expect(accepted.body.data.acceptInvitation.acceptedAt).toEqual(expect.any(String));
    expect((await as(reader, ACCEPT, { id })).body).toEqual(accepted.body);
    const read = await as(reader, READ, { id });
    expect(read.body.data.sessionSharedWithMe).toMatchObject({
      mode: 'LIVE',
      turns: { edges: [{ node: { question: 'Which tea?', answer: 'The smoky one.', contextUsed: null } }] },
    });

    const own = (await as(owner, ACCESS.replace('role', 'role userId name acceptedAt'), { sessionId })).body;
    expect(own.data.sessionAccess).toMatchObject([
      { id, userId: reader.userId, name: expect.stringMatching(/^Person/), acceptedAt: expect.any(String) },
    ]);
    const { changes } = (await as(owner, '{ changes(after: 0) { changes { kind } } }')).body.data.changes;
    expect(changes.map(({ kind }: { kind: string }) => kind).slice(-2)).toEqual([
      'SHARE_CREATED',
      'SHARE_ACCEPTED',
    ]);
  });

  it('by id reaches that person', async () => {
    const { id, userId, name } = await invite({ userId: reader.userId });
    expect([userId, name]).toEqual([reader.userId, null]);
    await as(reader, ACCEPT, { id });
    expect(codeOf(await as(reader, READ, { id }))).toBeUndefined();
  });

  it('tells its sender nothing of whether there is an account', async () => {
    const [known, unknown] = [
      await invite({ email: reader.email }),
      await invite({ email: 'nobody@example.org' }),
    ];
    const { id: _, email: __, ...rest } = known;
    expect(unknown).toMatchObject(rest);
    const sent = async (email: string) =>
      (await server.statements(() => invite({ email }))).map(({ name }) => name);
    await as(owner, REVOKE, { id: known.id });
    await as(owner, REVOKE, { id: unknown.id });
    expect(await sent(reader.email)).toEqual(await sent('nobody@example.org'));
  });

  it('waits for who registers later', async () => {
    const email = `late${people}@example.org`;
    const { id } = await invite({ email });
    const late = await person(email);
    expect((await as(late, SHARED)).body.data.sharedWithMe).toMatchObject([{ id }]);
  });

  it('is for nobody else', async () => {
    const { id } = await invite({ email: reader.email });
    const stranger = await person();
    expect((await as(stranger, SHARED)).body.data.sharedWithMe).toEqual([]);
    for (const query of [ACCEPT, DECLINE, READ]) {
      expect(codeOf(await as(stranger, query, { id }))).toBe('NOT_FOUND');
    }
    const link = await share(server, owner.token, { sessionId });
    for (const query of [ACCEPT, DECLINE, READ]) {
      expect(codeOf(await as(reader, query, { id: link.share.id }))).toBe('NOT_FOUND');
    }
    expect((await as(reader, SHARED)).body.data.sharedWithMe).toHaveLength(1);
  });

  it('can be declined, and what was accepted left', async () => {
    for (const isAccepted of [false, true]) {
      const { id } = await invite({ email: reader.email });
      if (isAccepted) await as(reader, ACCEPT, { id });
      expect((await as(reader, DECLINE, { id })).body.data.declineInvitation).toBe(id);
      expect(codeOf(await as(reader, ACCEPT, { id }))).toBe('NOT_FOUND');
      expect(codeOf(await as(reader, READ, { id }))).toBe('NOT_FOUND');
      expect((await as(owner, ACCESS, { sessionId })).body.data.sessionAccess).toEqual([]);
    }
  });

  it.each([
    ['of nobody', {}, 'BAD_USER_INPUT'],
    [
      'of a person in two ways',
      { email: 'a@example.org', userId: '0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d' },
      'BAD_USER_INPUT',
    ],
    ['by what is no address', { email: 'somebody' }, 'BAD_USER_INPUT'],
    ['by what is no text', { email: '\ud800@example.org' }, 'BAD_USER_INPUT'],
    ['of a person who does not exist', { userId: '0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d' }, 'NOT_FOUND'],
  ])('%s is refused', async (_, input, code) => {
    expect(codeOf(await as(owner, INVITE, { input: { sessionId, role: 'READER', ...input } }))).toBe(code);
  });

  it('of oneself, or of somebody for the second time, is refused', async () => {
    await invite({ email: reader.email });
    for (const input of [{ email: reader.email }, { email: owner.email }, { userId: owner.userId }]) {
      expect(codeOf(await as(owner, INVITE, { input: { sessionId, role: 'READER', ...input } }))).toBe(
        'CONFLICT',
      );
    }
  });

  it('is one of fifty in an hour', async () => {
    for (let count = 0; count < 50; count++) await invite({ email: `somebody${count}@example.org` });
    await expect(invite({ email: reader.email })).rejects.toThrow(
      'At most 50 invitations an hour; try again in ',
    );
  });

  it('that expired, was revoked, or whose parties are gone, is no more', async () => {
    const expired = await join('READER');
    await execute(server.databaseUrl, 'update shares set expires_at = now() where id = $1', [expired]);
    expect(codeOf(await as(reader, READ, { id: expired }))).toBe('NOT_FOUND');
    expect((await as(reader, SHARED)).body.data.sharedWithMe).toEqual([]);
    await as(owner, REVOKE, { id: expired });

    const revoked = await join('READER');
    await as(owner, REVOKE, { id: revoked });
    expect(codeOf(await as(reader, READ, { id: revoked }))).toBe('NOT_FOUND');

    await join('READER');
    await as(reader, 'mutation { deleteMe(password: "correct horse battery") { at } }');
    expect((await as(owner, ACCESS, { sessionId })).body.data.sessionAccess).toEqual([]);
  });
});

describe('a collaborator', () => {
  it('records turns in the session of the owner, who sees who wrote them', async () => {
    const shareId = await join('COLLABORATOR');
    const id = '0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7e';
    const input = { shareId, id, question: 'And the green one?', answer: 'Bitter.' };
    const written = await as(reader, WRITE, { input });
    expect(written.body.data.recordSharedTurn).toMatchObject({ answer: 'Bitter.', status: 'COMPLETED' });
    expect((await as(reader, WRITE, { input })).body).toEqual(written.body);
    expect(codeOf(await as(reader, WRITE, { input: { ...input, answer: 'Sweet.' } }))).toBe('CONFLICT');

    const { session } = (await as(owner, LOG, { id: sessionId })).body.data;
    expect(session.interactionCount).toBe(2);
    expect(session.interactions.edges.map(({ node }: any) => [node.question, node.author])).toEqual([
      ['Which tea?', null],
      ['And the green one?', { userId: reader.userId }],
    ]);
    expect((await as(reader, '{ me { revision } recentInteractions { id } }')).body.data).toEqual({
      me: { revision: 0 },
      recentInteractions: [],
    });
  });

  it('opens turns, records what tools did, and answers or fails them', async () => {
    const shareId = await join('COLLABORATOR');
    const open = async (question: string): Promise<string> => {
      const { body } = await as(reader, OPEN, { input: { shareId, question } });
      expect(body.data.openSharedTurn).toMatchObject({ question, answer: null, status: 'PENDING' });
      return body.data.openSharedTurn.id;
    };
    const [answered, failed] = [await open('Which one?'), await open('And why?')];
    const call = { shareId, turnId: answered, id: randomUUID(), toolName: 'shop', result: 'Green' };
    for (let times = 0; times < 2; times++) await as(reader, TOOL, { input: call });
    const complete = { shareId, turnId: answered, answer: 'The green one.' };
    for (let times = 0; times < 2; times++) {
      const { body } = await as(reader, COMPLETE, { input: complete });
      expect(body.data.completeSharedTurn).toEqual({ answer: 'The green one.', status: 'COMPLETED' });
    }
    expect(codeOf(await as(reader, COMPLETE, { input: { ...complete, answer: 'No.' } }))).toBe('CONFLICT');
    await as(reader, FAIL, { input: { shareId, turnId: failed, error: 'Lost', answer: 'Beca' } });

    const log = `query ($id: UUID!) { session(id: $id) { toolCallCount errorCount interactions { edges { node {
      question answer status error steps { toolName content } author { userId } } } } } }`;
    const { session } = (await as(owner, log, { id: sessionId })).body.data;
    expect(session).toMatchObject({ toolCallCount: 1, errorCount: 1 });
    const author = { userId: reader.userId };
    expect(session.interactions.edges.slice(1).map(({ node }: any) => node)).toEqual([
      {
        question: 'Which one?',
        answer: 'The green one.',
        status: 'COMPLETED',
        error: null,
        steps: [{ toolName: 'shop', content: 'Green' }],
        author,
      },
      { question: 'And why?', answer: 'Beca', status: 'FAILED', error: 'Lost', steps: [], author },
    ]);
  });

  it('touches no turn but those it has opened, in the session that is shared, while it is', async () => {
    const shareId = await join('COLLABORATOR');
    const asked = await as(
      owner,
      'mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { interaction { id } } }',
      { input: { sessionId, question: 'Mine' } },
    );
    const others = [asked.body.data.openInteraction.interaction.id, randomUUID()];
    const { body } = await as(reader, OPEN, { input: { shareId, question: 'Yours' } });
    const own = body.data.openSharedTurn.id;
    const attempts = (turnId: string) => [
      as(reader, COMPLETE, { input: { shareId, turnId, answer: 'x' } }),
      as(reader, FAIL, { input: { shareId, turnId, error: 'x' } }),
      as(reader, TOOL, { input: { shareId, turnId, toolName: 'x' } }),
    ];
    for (const answer of await Promise.all(others.flatMap(attempts)))
      expect(codeOf(answer)).toBe('NOT_FOUND');

    await as(owner, REVOKE, { id: shareId });
    for (const answer of await Promise.all(attempts(own))) expect(codeOf(answer)).toBe('NOT_FOUND');
    const reading = await join('READER');
    for (const query of [OPEN, WRITE]) {
      expect(codeOf(await as(reader, query, { input: { shareId: reading, question: 'x' } }))).toBe(
        'FORBIDDEN',
      );
    }
    const { session } = (await as(owner, LOG, { id: sessionId })).body.data;
    expect(session.interactions.edges).toHaveLength(3);
  });

  it('cannot find out by an id what else the owner has', async () => {
    const shareId = await join('COLLABORATOR');
    const elsewhere = await record(server, owner.token, {
      id: '0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7f',
      scope: 'elsewhere',
      question: 'Mine',
    });
    const written = await as(reader, WRITE, { input: { shareId, id: elsewhere.id, question: 'x' } });
    expect(written.body.data.recordSharedTurn.question).toBe('x');
  });

  it('does not wake a session that has ended, nor ends another', async () => {
    const shareId = await join('COLLABORATOR');
    const start = 'mutation { startSession(input: {}) { id } }';
    const active = (await as(owner, start)).body.data.startSession.id;
    expect(codeOf(await as(reader, WRITE, { input: { shareId, question: 'Late' } }))).toBeUndefined();
    expect((await as(owner, LOG, { id: sessionId })).body.data.session).toMatchObject({
      active: false,
      interactionCount: 2,
    });
    expect((await as(owner, LOG, { id: active })).body.data.session.active).toBe(true);
  });

  it('writes no more once revoked, and a reader never', async () => {
    const shareId = await join('COLLABORATOR');
    await as(owner, REVOKE, { id: shareId });
    expect(codeOf(await as(reader, WRITE, { input: { shareId, question: 'x' } }))).toBe('NOT_FOUND');
    const reading = await join('READER');
    expect(codeOf(await as(reader, WRITE, { input: { shareId: reading, question: 'x' } }))).toBe('FORBIDDEN');
    expect((await as(owner, LOG, { id: sessionId })).body.data.session.interactionCount).toBe(1);
  });

  it('who deletes the account leaves the turns to the owner, without a name', async () => {
    const shareId = await join('COLLABORATOR');
    await as(reader, WRITE, { input: { shareId, question: 'Mine?' } });
    await as(reader, 'mutation { deleteMe(password: "correct horse battery") { at } }');
    const { session } = (await as(owner, LOG, { id: sessionId })).body.data;
    expect(session.interactions.edges[1].node).toMatchObject({ question: 'Mine?', author: { userId: null } });
  });

  it('may act by a key, but a key joins nothing', async () => {
    const shareId = await join('COLLABORATOR');
    const { key } = await server.createKey(reader.token);
    expect(
      codeOf(await server.graphql(WRITE, { input: { shareId, question: 'By bot' } }, key)),
    ).toBeUndefined();
    expect(codeOf(await server.graphql(ACCEPT, { id: shareId }, key))).toBe('FORBIDDEN');
  });
});
