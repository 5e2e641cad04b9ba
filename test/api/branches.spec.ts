import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { FORK, type Person, personOf, RECORD, START } from '../support/branches.js';
import { execute } from '../support/database.js';
import { OPEN, share } from '../support/sharing.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

let ada: Person;
beforeEach(async () => {
  ada = await personOf(app);
});

describe('a fork', () => {
  it('has the history of its parent up to the fork point, and each goes on by itself', async () => {
    const parent = await ada.start({ title: 'Trip', tags: ['a'], state: { step: 1 }, scope: 'web' });
    const turns = await ada.say(parent, 'one', 'two', 'three');
    const fork = await ada.fork(parent, turns[1]!);
    expect(fork).toMatchObject({
      title: 'Trip',
      tags: ['a'],
      state: { step: 1 },
      scope: 'web',
      active: true,
      parentSessionId: parent,
    });
    await ada.say(fork.id, 'other three');
    await ada.say(parent, 'four');
    expect(await ada.history(fork.id)).toEqual(['one', 'two', 'other three']);
    expect(await ada.history(parent)).toEqual(['one', 'two', 'three', 'four']);
  });

  it('is the active session of its scope, until the other one is spoken to again', async () => {
    const parent = await ada.start();
    const [turn] = await ada.say(parent, 'one');
    const { id } = await ada.fork(parent, turn!);
    expect(await ada.lineage(parent)).toMatchObject({ active: false, endReason: 'SUPERSEDED' });
    await ada.say(parent, 'two');
    expect(await ada.lineage(parent)).toMatchObject({ active: true });
    expect(await ada.lineage(id)).toMatchObject({ active: false, endReason: 'SUPERSEDED' });
  });

  it('is read in pages across the fork point, both ways, in one statement', async () => {
    const parent = await ada.start();
    const turns = await ada.say(parent, 'a', 'b', 'c', 'd');
    const fork = await ada.fork(parent, turns[2]!);
    await ada.say(fork.id, 'e', 'f');
    const again = await ada.fork(fork.id, (await ada.say(fork.id, 'g'))[0]!);
    await ada.say(again.id, 'h');
    for (const size of [1, 2, 3, 100]) {
      expect(await ada.pages(again.id, size)).toEqual(['a', 'b', 'c', 'e', 'f', 'g', 'h']);
      expect(await ada.pages(again.id, size, true)).toEqual(['a', 'b', 'c', 'e', 'f', 'g', 'h']);
    }
    const sent = await app.statements(() => ada.pages(again.id, 4));
    expect(sent.filter(({ name }) => name.startsWith('session_interactions'))).toHaveLength(2);
  });

  it('of a fork, at a turn that this one inherits, is one of the same turn', async () => {
    const parent = await ada.start();
    const turns = await ada.say(parent, 'a', 'b', 'c');
    const fork = await ada.fork(parent, turns[2]!);
    await ada.say(fork.id, 'd');
    const early = await ada.fork(fork.id, turns[0]!);
    await ada.say(early.id, 'e');
    expect(await ada.history(early.id)).toEqual(['a', 'e']);
    expect(await ada.lineage(early.id)).toMatchObject({
      parent: { id: fork.id },
      forkPoint: { question: 'a' },
    });
  });

  it('shares its turns: they are counted once, completed for all, and forgotten everywhere', async () => {
    const parent = await ada.start();
    const turns = await ada.say(parent, 'a', 'b');
    const { openInteraction } = await ada.ask(
      `mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { interaction { id } } }`,
      { input: { sessionId: parent, question: 'c' } },
    );
    const fork = await ada.fork(parent, openInteraction.interaction.id);
    await ada.say(fork.id, 'd');
    expect(await ada.lineage(fork.id)).toMatchObject({
      interactionCount: 1,
      userMessageCount: 1,
      inheritedInteractionCount: 3,
    });
    await ada.ask(
      'mutation ($input: CompleteInteractionInput!) { completeInteraction(input: $input) { interaction { id } } }',
      {
        input: { id: openInteraction.interaction.id, answer: 'done' },
      },
    );
    expect(await ada.messages(fork.id)).toEqual(['a', 'a?', 'b', 'b?', 'c', 'done', 'd', 'd?']);
    await ada.forget(turns[0]!);
    await ada.forget(openInteraction.interaction.id);
    expect(await ada.history(fork.id)).toEqual(['b', 'd']);
    expect(await ada.lineage(fork.id)).toMatchObject({ forkPoint: null, inheritedInteractionCount: 1 });
  });

  it('is made once, however often it is asked for with an id', async () => {
    const parent = await ada.start();
    const [first, second] = await ada.say(parent, 'a', 'b');
    const id = randomUUID();
    const forks = await Promise.all([1, 2, 3].map(() => ada.fork(parent, first!, { id, title: 'T' })));
    expect(forks.map((fork) => [fork.id, fork.title])).toEqual([1, 2, 3].map(() => [id, 'T']));
    expect((await ada.tree(parent)).sessions).toHaveLength(2);
    await expect(ada.fork(parent, second!, { id, title: 'T' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(ada.fork(parent, first!, { id: parent })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is refused at what is not in the history of the session', async () => {
    const parent = await ada.start();
    const turns = await ada.say(parent, 'a', 'b');
    const fork = await ada.fork(parent, turns[0]!);
    const other = await ada.start();
    const [elsewhere] = await ada.say(other, 'x');
    const bob = await personOf(app);
    const [his] = await bob.say(await bob.start(), 'y');
    for (const at of [turns[1]!, elsewhere!, his!, randomUUID()]) {
      await expect(ada.fork(fork.id, at)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    await expect(bob.fork(parent, turns[0]!)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(bob.tree(parent)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('can be made of forks up to the hundredth generation', async () => {
    let id = await ada.start();
    for (let generation = 0; generation < 100; generation++) {
      id = (await ada.fork(id, (await ada.say(id, `${generation}`))[0]!)).id;
    }
    expect(await ada.history(id)).toEqual(Array.from({ length: 100 }, (_, generation) => `${generation}`));
    const [last] = await ada.say(id, 'last');
    await expect(ada.fork(id, last!)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('the tree', () => {
  it('tells parents and forks, oldest first', async () => {
    const parent = await ada.start();
    const [turn] = await ada.say(parent, 'a');
    const forks = [];
    for (let count = 0; count < 3; count++) forks.push((await ada.fork(parent, turn!)).id);
    const below = (await ada.fork(forks[1], turn!)).id;
    expect(await ada.tree(below)).toEqual({
      truncated: false,
      sessions: [
        { id: parent, parentSessionId: null },
        ...forks.map((id) => ({ id, parentSessionId: parent })),
        { id: below, parentSessionId: forks[1] },
      ],
    });
    const forksOf = async (args: string) => {
      const query = `query ($id: UUID!) { session(id: $id) { forks${args} {
        edges { node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }`;
      const { edges, pageInfo } = (await ada.ask(query, { id: parent })).session.forks;
      return { ids: edges.map(({ node }: any) => node.id), ...pageInfo };
    };
    const page = await forksOf('(first: 2)');
    expect(page).toMatchObject({ ids: forks.slice(0, 2), hasNextPage: true });
    expect(await forksOf(`(after: "${page.endCursor}")`)).toMatchObject({
      ids: forks.slice(2),
      hasNextPage: false,
    });
    expect(await forksOf('(last: 2)')).toMatchObject({ ids: forks.slice(1), hasPreviousPage: true });
    const alone = await ada.start();
    expect((await ada.tree(alone)).sessions).toEqual([{ id: alone, parentSessionId: null }]);
  });

  it('closes over a session that is deleted', async () => {
    const root = await ada.start();
    const [turn] = await ada.say(root, 'a');
    const middle = (await ada.fork(root, turn!)).id;
    const [later] = await ada.say(middle, 'b');
    const leaf = (await ada.fork(middle, later!)).id;
    await ada.remove(middle);
    expect(await ada.lineage(leaf)).toMatchObject({ parent: { id: root }, forkPoint: { question: 'a' } });
    await ada.remove(root);
    expect(await ada.lineage(leaf)).toMatchObject({ parent: null, forkPoint: null });
    expect(await ada.history(leaf)).toEqual(['a', 'b']);
  });
});

describe('what forks share', () => {
  it('survives the deletion and the clearing of where it was said, and is told as changed', async () => {
    for (const end of ['remove', 'clear'] as const) {
      const parent = await ada.start();
      const turns = await ada.say(parent, 'a', 'b', 'c');
      const short = (await ada.fork(parent, turns[0]!)).id;
      const long = (await ada.fork(parent, turns[1]!)).id;
      await ada.say(long, 'd');
      const { revision } = (await ada.ask('{ me { revision } }')).me;
      await ada[end](parent);
      expect(await ada.history(short)).toEqual(['a']);
      expect(await ada.history(long)).toEqual(['a', 'b', 'd']);
      expect(await ada.lineage(long)).toMatchObject({ interactionCount: 3, inheritedInteractionCount: 0 });
      expect(await ada.lineage(short)).toMatchObject({ interactionCount: 0, inheritedInteractionCount: 1 });
      const { changes } = (
        await ada.ask(
          'query ($after: Revision!) { changes(after: $after) { changes { kind sessionId interactionId } } }',
          {
            after: revision,
          },
        )
      ).changes;
      expect(changes.slice(0, 2)).toEqual(
        turns
          .slice(0, 2)
          .map((interactionId) => ({ kind: 'INTERACTION_UPDATED', sessionId: long, interactionId })),
      );
      if (end === 'clear') expect(await ada.history(parent)).toEqual([]);
    }
  });

  it('survives retention, which tells how many sessions it has deleted', async () => {
    const parent = await ada.start();
    const turns = await ada.say(parent, 'a', 'b', 'c');
    const fork = (await ada.fork(parent, turns[1]!)).id;
    const doomed = (await ada.fork(parent, turns[2]!)).id;
    await ada.ask('mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id } }', {
      input: { id: fork, pinned: true },
    });
    await ada.ask('mutation ($input: EndSessionInput!) { endSession(input: $input) { id } }', {
      input: { id: doomed },
    });
    expect((await ada.ask('mutation { cleanupSessions(endedDaysAgo: 0) }')).cleanupSessions).toBe(2);
    expect(await ada.history(fork)).toEqual(['a', 'b']);
  });

  it('passes to the first by id of sessions that see as far and began together, whichever is older', async () => {
    const parent = await ada.start();
    const [turn] = await ada.say(parent, 'a');
    const ids = [randomUUID(), randomUUID(), randomUUID()].sort();
    for (const id of [ids[1]!, ids[2]!, ids[0]!]) await ada.fork(parent, turn!, { id });
    await execute(app.databaseUrl, `update sessions set started_at = now() where user_id = '${ada.userId}'`);
    await ada.remove(parent);
    const counts = ids.map(async (id) => (await ada.lineage(id)).interactionCount);
    expect(await Promise.all(counts)).toEqual([1, 0, 0]);
  });

  it('goes with the last session that has it, and with the user', async () => {
    const parent = await ada.start();
    const turns = await ada.say(parent, 'a', 'b');
    const fork = (await ada.fork(parent, turns[0]!)).id;
    await ada.remove(parent);
    await ada.remove(fork);
    expect((await ada.ask('{ recentInteractions { id } }')).recentInteractions).toEqual([]);
    const another = await ada.start();
    await ada.fork(another, (await ada.say(another, 'c'))[0]!);
    await ada.ask(
      'mutation ($password: String!) { deleteMe(password: $password) { removed { interactions } } }',
      {
        password: 'correct horse battery',
      },
    );
  });

  it('is whole whatever happens at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      const parent = await ada.start();
      const turns = await ada.say(parent, 'a', 'b', 'c');
      const outcomes = await Promise.allSettled([
        ada.fork(parent, turns[1]!),
        ada.say(parent, 'later'),
        ada.fork(parent, turns[2]!),
        round % 2 ? ada.remove(parent) : ada.clear(parent),
        ada.fork(parent, turns[0]!),
      ]);
      const histories = { 0: ['a', 'b'], 2: ['a', 'b', 'c'], 4: ['a'] };
      for (const [index, expected] of Object.entries(histories)) {
        const outcome = outcomes[Number(index)] as PromiseSettledResult<{ id: string }>;
        if (outcome.status === 'fulfilled') expect(await ada.history(outcome.value.id)).toEqual(expected);
        else expect(outcome.reason).toMatchObject({ code: 'NOT_FOUND' });
      }
    }
  });
});

it('forks of a bot’s user are moved to the person whom the user is linked to', async () => {
  const { key } = await app.createKey(ada.token);
  const bot = async (query: string, variables: Record<string, unknown> = {}) =>
    (await app.graphql(query, variables, key, 'telegram:7')).body.data;
  const { id } = (await bot(START, { input: {} })).startSession;
  const items = ['a', 'b'].map((question) => ({ sessionId: id, question }));
  const [first] = (await bot(RECORD, { items })).recordInteractions;
  const input = { sessionId: id, atInteraction: first.interaction.id };
  const fork = (await bot(FORK, { input })).forkSession.id;
  await bot(RECORD, { items: [{ sessionId: fork, question: 'c' }] });
  const { code } = (await ada.ask('mutation { createLinkCode { code } }')).createLinkCode;
  await bot('mutation ($code: String!) { linkIdentity(code: $code) { id } }', { code });
  expect(await ada.history(fork)).toEqual(['a', 'c']);
  expect(await ada.lineage(fork)).toMatchObject({ parent: { id }, forkPoint: { question: 'a' } });
  await ada.remove(id);
  expect(await ada.history(fork)).toEqual(['a', 'c']);
});

it('a link to a fork shows the turns that it shares with others', async () => {
  const parent = await ada.start();
  const turns = await ada.say(parent, 'a', 'b', 'c');
  const fork = (await ada.fork(parent, turns[1]!)).id;
  await ada.say(fork, 'd');
  const { token } = await share(app, ada.token, { sessionId: fork });
  const questions = async () => {
    const { body } = await app.graphql(OPEN, { token });
    return body.data.sharedSession.turns.edges.map(({ node }: any) => node.question);
  };
  expect(await questions()).toEqual(['a', 'b', 'd']);
  await ada.remove(parent);
  expect(await questions()).toEqual(['a', 'b', 'd']);
});

it('an export has each turn once, with the session that holds it', async () => {
  const parent = await ada.start();
  const turns = await ada.say(parent, 'a', 'b');
  const fork = (await ada.fork(parent, turns[0]!)).id;
  await ada.say(fork, 'c');
  const headers = { authorization: `Bearer ${ada.token}` };
  const { sessions } = (await (await fetch(`${app.url}/export?format=json`, { headers })).json()) as any;
  const questions = sessions.map(({ id, interactions }: any) => [
    id,
    interactions.map(({ question }: any) => question),
  ]);
  expect(Object.fromEntries(questions)).toEqual({ [parent]: ['a', 'b'], [fork]: ['c'] });
});
