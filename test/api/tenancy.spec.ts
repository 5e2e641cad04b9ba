import { GraphQLSchemaHost } from '@nestjs/graphql';
import { createSourceEventStream, parse, type GraphQLSchema } from 'graphql';
import { UnauthenticatedError } from '../../src/common/errors.js';
import { Authenticator, type GraphQLContext } from '../../src/graphql/context.js';
import { maskError } from '../../src/graphql/error-mask.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  idPaths,
  rootFields,
  variablesOf,
  withValue,
  type Path,
  type RootField,
} from '../support/operations.js';

/** What can be called without signing in. Everything else must refuse; whoever adds a line here decides so. */
const PUBLIC = ['Mutation.login', 'Mutation.refreshToken', 'Mutation.register', 'Query.sharedSession'];

/** What a service key is never good for, whatever its scopes; whoever adds a line here decides so. */
const FOR_PEOPLE = [
  'Mutation.acceptInvitation',
  'Mutation.createBackup',
  'Mutation.createExport',
  'Mutation.createLinkCode',
  'Mutation.createServiceKey',
  'Mutation.declineInvitation',
  'Mutation.deleteBackup',
  'Mutation.deleteMe',
  'Mutation.inviteToSession',
  'Mutation.login',
  'Mutation.logout',
  'Mutation.refreshToken',
  'Mutation.register',
  'Mutation.revokeServiceKey',
  'Mutation.revokeShare',
  'Mutation.revokeShares',
  'Mutation.shareSession',
  'Mutation.restoreBackup',
  'Mutation.setBackupSchedule',
  'Mutation.unlinkIdentity',
  'Query.backupSchedule',
  'Query.backups',
  'Query.export',
  'Query.identities',
  'Query.serviceKeys',
  'Query.sessionAccess',
  'Subscription.exportProgressed',
];

/** What is for administrators, and keys of theirs; whoever adds a line here decides so. */
const ADMIN_ONLY = ['Mutation.adminCleanup', 'Query.adminStats'];

/** Inputs whose `id` is the client's choice for something new: another user's id is then as good as any. */
const OWN_ID = [
  'AddMessageInput',
  'OpenInteractionInput',
  'RecordErrorInput',
  'RecordInteractionInput',
  'RecordToolCallInput',
  'SendMessageInput',
  'StartSessionInput',
];

/** Ids of things that this service does not keep yet. */
const FOREIGN_IDS = ['projectId'];

const SECRET = 'only the owner may read this';

const NOBODYS = '0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d';

/** Without these the input is refused before its ids are looked at. */
const NEEDED = {
  'AddMessageInput.role': 'USER',
  'ContinueSharedSessionInput.shareId': NOBODYS,
  'InviteToSessionInput.userId': NOBODYS,
  'RateInteractionInput.rating': 1,
  'RecordInteractionInput.question': 'Why?',
  'RecordSharedTurnInput.question': 'Why?',
  'UpdateSessionInput.title': 'Stolen',
  '.endedDaysAgo': 1,
};

let server: TestApp;
let schema: GraphQLSchema;
let fields: RootField[];

beforeAll(async () => {
  server = await startApp();
  schema = server.app.get(GraphQLSchemaHost).schema;
  fields = rootFields(schema);
});
afterAll(() => server.close());

/** Who calls: a person, or a service key that acts for one. */
interface Caller {
  token: string;
  actsFor?: string;
}

/** Calls the field as a client would; a subscription is opened as the socket does, and closed again. */
async function call(
  { root, operation }: RootField,
  variables: Record<string, unknown>,
  caller?: Caller,
): Promise<string> {
  if (root !== 'Subscription') {
    const { body } = await server.graphql(operation, variables, caller?.token, caller?.actsFor);
    return JSON.stringify(body);
  }
  const authorization = caller && `Bearer ${caller.token}`;
  const viewer = await server.app.get(Authenticator).authenticate(authorization, caller?.actsFor);
  const contextValue: GraphQLContext = { viewer, remoteAddress: '127.0.0.1', loaders: new Map() };
  const document = parse(operation);
  const stream = await createSourceEventStream({ schema, document, variableValues: variables, contextValue });
  if (Symbol.asyncIterator in stream) {
    await stream[Symbol.asyncIterator]().return?.();
    return '{"data":{}}';
  }
  return JSON.stringify({ errors: stream.errors?.map(maskError) });
}

const coordinate = ({ root, name }: RootField) => `${root}.${name}`;

test('every root field refuses an anonymous caller unless it is marked public', async () => {
  const refusal = new UnauthenticatedError().message.slice(0, 13);
  const open: string[] = [];
  for (const field of fields) {
    const answer = await call(field, variablesOf(field.field, NEEDED));
    if (!answer.includes(refusal) || !answer.includes('"code":"UNAUTHENTICATED"'))
      open.push(coordinate(field));
  }
  expect(fields.length).toBeGreaterThan(20);
  expect(open.sort()).toEqual(PUBLIC);
});

test('a token that is no good is refused like none', async () => {
  for (const token of ['x', 'a.b.c', `${(await server.register()).token}x`]) {
    const { body } = await server.graphql('{ me { id } }', {}, token);
    expect(body.errors![0]!.extensions['code']).toBe('UNAUTHENTICATED');
  }
});

test('every root field that is for administrators refuses everybody else', async () => {
  const { token } = await server.register();
  const closed: string[] = [];
  for (const field of fields) {
    const answer = await call(field, variablesOf(field.field, NEEDED), { token });
    if (answer.includes('This is for administrators.')) closed.push(coordinate(field));
  }
  expect(closed.sort()).toEqual(ADMIN_ONLY);
});

describe('a service key', () => {
  const SCOPES = ['READ', 'WRITE'];
  let owner: { token: string };

  beforeAll(async () => {
    owner = await server.register();
  });

  test('runs a root field by the scope that its kind needs, and nothing of the account', async () => {
    const keys = new Map<string, string>();
    for (const scope of SCOPES) {
      keys.set(scope, (await server.createKey(owner.token, { scopes: [scope] })).key);
    }
    const closed: string[] = [];
    for (const field of fields) {
      const needed = field.root === 'Mutation' ? 'WRITE' : 'READ';
      for (const scope of SCOPES) {
        const caller = { token: keys.get(scope)!, actsFor: 'telegram:1' };
        const answer = await call(field, variablesOf(field.field, NEEDED), caller);
        const isRefused = answer.includes('"code":"FORBIDDEN"');
        const isForPeople = answer.includes('not for service keys');
        if (ADMIN_ONLY.includes(coordinate(field))) {
          expect(answer).toContain('for administrators');
          continue;
        }
        if (scope === needed && isRefused) closed.push(coordinate(field));
        if (scope === needed) expect(isForPeople).toBe(isRefused);
        else if (!isForPeople) expect(answer).toContain(`lacks the scope ${needed}`);
      }
    }
    expect(closed.sort()).toEqual(FOR_PEOPLE.sort());
  });
});

describe("another user's ids", () => {
  let owner: { token: string; userId: string };
  let ids: Record<
    'session' | 'interaction' | 'summary' | 'fact' | 'key' | 'identity' | 'template' | 'share',
    string
  >;
  let bot: string;

  const READ = `{ changes(after: 0) { changes { kind session { id title state endedAt revision summaries { id text pinned revertedAt } } } }
    recentInteractions { id question rating metadata revision } me { revision }
    templates { id name title updatedAt }
    profile { traits { id text pinned confidence } } }`;
  const everything = async () => JSON.stringify((await server.graphql(READ, {}, owner.token)).body);

  beforeAll(async () => {
    owner = await server.register();
    const record = `mutation ($input: RecordInteractionInput!) {
      recordInteraction(input: $input) { interaction { id } session { id } } }`;
    const { body } = await server.graphql(
      record,
      { input: { question: SECRET, answer: SECRET } },
      owner.token,
    );
    const { interaction, session } = body.data.recordInteraction;
    const summarize = 'mutation ($id: UUID!) { summarizeSession(id: $id) { id } }';
    const { summarizeSession } = (await server.graphql(summarize, { id: session.id }, owner.token)).body.data;
    const add = 'mutation ($input: AddFactInput!) { addFact(input: $input) { id } }';
    const input = { category: 'TRAIT', text: SECRET };
    const { addFact } = (await server.graphql(add, { input }, owner.token)).body.data;
    const template = `mutation ($sessionId: UUID!, $name: String!) {
      createTemplateFromSession(sessionId: $sessionId, name: $name) { id } }`;
    const { createTemplateFromSession } = (
      await server.graphql(template, { sessionId: session.id, name: SECRET }, owner.token)
    ).body.data;
    const key = await server.createKey(owner.token);
    bot = key.key;
    const { code } = (await server.graphql('mutation { createLinkCode { code } }', {}, owner.token)).body.data
      .createLinkCode;
    const link = 'mutation ($code: String!) { linkIdentity(code: $code) { id } }';
    const { linkIdentity } = (await server.graphql(link, { code }, bot, 'telegram:owner')).body.data;
    const share = 'mutation ($id: UUID!) { shareSession(input: { sessionId: $id }) { share { id } } }';
    const { shareSession } = (await server.graphql(share, { id: session.id }, owner.token)).body.data;
    ids = {
      session: session.id,
      interaction: interaction.id,
      summary: summarizeSession.id,
      fact: addFact.id,
      key: key.id,
      identity: linkIdentity.id,
      template: createTemplateFromSession.id,
      share: shareSession.share.id,
    };
  });

  /** The ids that could stand at the path: what `id` means, only the field knows. */
  function candidates(path: Path): string[] {
    const name = path.findLast((step) => typeof step === 'string')!;
    if (/^(sessionIds?|afterSessionId|askedIn)$/.test(name)) return [ids.session];
    if (/^(interactionIds?|turnId|atInteraction)$/.test(name)) return [ids.interaction];
    if (name === 'shareId') return [ids.share];
    if (name === 'userId') return [owner.userId];
    if (name === 'templateId') return [ids.template];
    if (/^ids?$/.test(name)) return Object.values(ids);
    throw new Error(`What is ${name}? Say it here, or add it to FOREIGN_IDS.`);
  }

  let people = 0;
  /** A new one for each field: what calls leave behind cannot help the next. */
  const strangers: [string, () => Promise<Caller>][] = [
    ['another person', () => server.register()],
    // Its creator's data is as far from a bot that acts for somebody as anyone's.
    ["the owner's own bot", async () => ({ token: bot, actsFor: `telegram:${++people}` })],
  ];

  test.each(strangers)('answer %s NOT_FOUND, tell nothing and change nothing', async (_, newStranger) => {
    const before = await everything();
    const failures: string[] = [];
    let calls = 0;
    for (const field of fields) {
      const places = idPaths(field.field);
      const stranger = places.length > 0 ? await newStranger() : undefined;
      for (const { path, owner: input } of places) {
        const name = path.at(-1);
        if (FOREIGN_IDS.includes(String(name))) continue;
        for (const id of candidates(path)) {
          const answer = await call(field, withValue(variablesOf(field.field, NEEDED), path, id), stranger);
          const isNew = name === 'id' && OWN_ID.includes(input);
          const isClosed = stranger?.actsFor && FOR_PEOPLE.includes(coordinate(field));
          const fine = isClosed
            ? answer.includes('"code":"FORBIDDEN"')
            : stranger?.actsFor && answer.includes('must be given by a service key')
              ? true
              : isNew
                ? !answer.includes('"code"')
                : answer.includes('"code":"NOT_FOUND"');
          if (!fine || answer.includes(SECRET))
            failures.push(`${coordinate(field)} ${path.join('.')}: ${answer}`);
          calls += 1;
        }
      }
    }
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThan(20);
    expect(before).toContain(SECRET);
    expect(await everything()).toBe(before);
  });

  test.each(strangers)('the own lists of %s hold nothing of the owner', async (_, newStranger) => {
    const stranger = await newStranger();
    for (const field of fields.filter(({ root }) => root === 'Query')) {
      const answer = await call(field, variablesOf(field.field, NEEDED), stranger);
      expect(answer).not.toContain(SECRET);
      expect(answer).not.toContain(ids.session);
    }
  });

  test('a cursor of the owner is refused', async () => {
    const query = (args: string) => `{ sessions${args} { edges { cursor } } }`;
    const { body } = await server.graphql(query(''), {}, owner.token);
    const [{ cursor }] = body.data.sessions.edges;
    const stranger = await server.register();
    const answer = await server.graphql(query(`(after: "${cursor}")`), {}, stranger.token);
    expect(answer.body.errors![0]!.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      fields: { after: ['is not a cursor of this list'] },
    });
  });
});
