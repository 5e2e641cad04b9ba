import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Sealer } from '../../src/memory/sealer.js';
import { startApp, type TestApp } from '../support/app.js';
import { compressAll } from '../support/compression.js';
import { execute } from '../support/database.js';
import { exported, importFile } from '../support/imports.js';
import { OPEN, share } from '../support/sharing.js';

const START = 'mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }';
const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id sessionId } error { code } } }`;
const FORK = `mutation ($input: ForkSessionInput!) { forkSession(input: $input) {
  id title tags state scope type active parentSessionId } }`;
const DELETE = 'mutation ($id: UUID!) { deleteSession(id: $id) }';
const END = 'mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }';
const CLEAR = 'mutation ($id: UUID!) { clearMessages(id: $id) { id } }';
const FORGET = 'mutation ($id: UUID!) { deleteInteraction(id: $id) }';
const LINEAGE = `query ($id: UUID!) { session(id: $id) {
  active endReason interactionCount inheritedInteractionCount userMessageCount parent { id } forkPoint { question }
  forks { edges { node { id } } } } }`;
const INTERACTIONS = `query ($id: UUID!, $first: Int, $after: String, $last: Int, $before: String) { session(id: $id) {
  interactions(first: $first, after: $after, last: $last, before: $before) {
    edges { node { id question } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
const MESSAGES = `query ($id: UUID!) { session(id: $id) { messages(first: 100) { edges { node { content } } } } }`;
const RECALL = `query ($query: String!, $filter: RecallFilterInput, $askedIn: UUID) {
  recall(query: $query, first: 100, filter: $filter, askedIn: $askedIn) { role interaction { question } } }`;
const CONTEXT = `query ($input: BuildContextInput!) { buildContext(input: $input) {
  systemPrompt messages { role content } } }`;
const TREE = `query ($id: UUID!) { sessionTree(id: $id) { sessions { id parentSessionId } truncated } }`;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

async function personOf() {
  const { token, userId } = await app.register();
  const ask = (query: string, variables?: object) => app.ask(query, variables, token);
  const start = async (input: object = {}): Promise<string> => (await ask(START, { input })).startSession.id;
  /** Each a turn with its text as the question. */
  const say = async (sessionId: string, ...texts: string[]): Promise<string[]> => {
    const items = texts.map((text) => ({ sessionId, question: text, answer: `${text}?` }));
    const { recordInteractions } = await ask(RECORD, { items });
    return recordInteractions.map(({ interaction }: any) => interaction.id);
  };
  const fork = async (sessionId: string, atInteraction: string, more: object = {}) =>
    (await ask(FORK, { input: { sessionId, atInteraction, ...more } })).forkSession;
  const pages = async (id: string, size: number, backward = false): Promise<string[]> => {
    const said: string[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const args = backward ? { last: size, before: cursor } : { first: size, after: cursor };
      const { edges, pageInfo } = (await ask(INTERACTIONS, { id, ...args })).session.interactions;
      const page = edges.map(({ node }: any) => node.question);
      if (backward) said.unshift(...page);
      else said.push(...page);
      more = backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage;
      cursor = backward ? pageInfo.startCursor : pageInfo.endCursor;
    }
    return said;
  };
  const history = (id: string) => pages(id, 100);
  const lineage = async (id: string) => (await ask(LINEAGE, { id })).session;
  const remove = (id: string) => ask(DELETE, { id });
  const clear = (id: string) => ask(CLEAR, { id });
  const forget = (id: string) => ask(FORGET, { id });
  const tree = async (id: string) => (await ask(TREE, { id })).sessionTree;
  const messages = async (id: string): Promise<string[]> =>
    (await ask(MESSAGES, { id })).session.messages.edges.map(({ node }: any) => node.content);
  /** The questions that are found by a word that all have. */
  const recall = async ({ askedIn, filter }: { askedIn?: string; filter?: object }): Promise<string[]> => {
    const variables = { query: 'remember', askedIn, filter: { roles: ['USER'], ...filter } };
    return (await ask(RECALL, variables)).recall.map(({ interaction }: any) => interaction.question).sort();
  };
  const context = async (sessionId: string) =>
    (await ask(CONTEXT, { input: { sessionId, query: 'remember', tokenBudget: 100_000, maxRecent: 100 } }))
      .buildContext;
  return {
    token,
    userId,
    messages,
    recall,
    context,
    ask,
    start,
    say,
    fork,
    pages,
    history,
    lineage,
    remove,
    clear,
    forget,
    tree,
  };
}
type Person = Awaited<ReturnType<typeof personOf>>;

let ada: Person;
beforeEach(async () => {
  ada = await personOf();
});

/** What sessions have, copied: what forks are to look like. */
class Model {
  readonly sessions: ModelSession[] = [];
  private trees = 0;

  start(id: string): void {
    this.sessions.push({ id, tree: ++this.trees, parent: null, turns: [] });
  }

  fork(from: ModelSession, at: number, id: string): void {
    this.sessions.push({ id, tree: from.tree, parent: from.id, turns: from.turns.slice(0, at + 1) });
  }

  forget(turn: ModelTurn): void {
    for (const session of this.sessions) session.turns = session.turns.filter((one) => one !== turn);
  }

  remove(gone: ModelSession): void {
    this.sessions.splice(this.sessions.indexOf(gone), 1);
    for (const session of this.sessions) if (session.parent === gone.id) session.parent = gone.parent;
  }

  /** All that is said in the session, and everywhere but in its tree. */
  seenFrom({ turns, tree }: ModelSession): string[] {
    const elsewhere = this.sessions.filter((one) => one.tree !== tree).flatMap((one) => one.turns);
    return [...new Set([...turns, ...elsewhere])].map(({ text }) => text).sort();
  }

  all(): string[] {
    return [...new Set(this.sessions.flatMap(({ turns }) => turns))].map(({ text }) => text).sort();
  }
}
interface ModelTurn {
  id: string;
  text: string;
}
interface ModelSession {
  id: string;
  tree: number;
  parent: string | null;
  turns: ModelTurn[];
}

/** Numbers choose among the sessions and turns that there are. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('say' as const),
      session: fc.nat(),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('fork' as const), session: fc.nat(), turn: fc.nat() }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('start' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('compress' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('forget' as const), session: fc.nat(), turn: fc.nat() }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('remove' as const), session: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('clear' as const), session: fc.nat() }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** The earlier of two forks has nothing left of the later one, to which their parent's turns had passed. */
const FORGOTTEN: Step[] = [
  { does: 'start' },
  { does: 'say', session: 0, count: 2 },
  { does: 'fork', session: 0, turn: 0 },
  { does: 'fork', session: 0, turn: 1 },
  { does: 'remove', session: 0 },
  { does: 'forget', session: 0, turn: 0 },
];
/** The turns that a fork was made of have passed to a fork of itself, and it has nothing any more. */
const CLEARED: Step[] = [
  { does: 'start' },
  { does: 'say', session: 0, count: 2 },
  { does: 'fork', session: 0, turn: 1 },
  { does: 'fork', session: 1, turn: 1 },
  { does: 'clear', session: 0 },
  { does: 'clear', session: 1 },
];
/** The same of a fork that is left without a parent. */
const ORPHANED: Step[] = [
  { does: 'start' },
  { does: 'say', session: 0, count: 1 },
  { does: 'fork', session: 0, turn: 0 },
  { does: 'fork', session: 1, turn: 0 },
  { does: 'fork', session: 0, turn: 0 },
  { does: 'remove', session: 0 },
  { does: 'clear', session: 0 },
  { does: 'clear', session: 1 },
];

class Play {
  private readonly model = new Model();
  private said = 0;

  constructor(private readonly person: Person) {}

  /** Another person to whom all of it was carried. */
  async carried(): Promise<Person> {
    for (const { id } of this.model.sessions) await this.person.ask(END, { id });
    const file = await exported(app, this.person.token);
    const other = await personOf();
    expect(await importFile(app, other.token, file)).toMatchObject({ state: 'COMPLETED', errors: [] });
    expect(await exported(app, other.token)).toBe(file);
    return other;
  }

  async step(step: Step): Promise<void> {
    const { person, model } = this;
    const { sessions } = model;
    if (step.does === 'compress') return compressAll(app.databaseUrl, person.userId, { together: 3 });
    if (step.does === 'start' || sessions.length === 0) return model.start(await person.start());
    const session = sessions[step.session % sessions.length]!;
    if (step.does === 'say') {
      // A word that all have, to recall them by, and one of its own.
      const texts = Array.from({ length: step.count }, () => `Remember thing${++this.said}x.`);
      const ids = await person.say(session.id, ...texts);
      session.turns.push(...ids.map((id, place) => ({ id, text: texts[place]! })));
    } else if (step.does === 'remove') {
      await person.remove(session.id);
      model.remove(session);
    } else if (step.does === 'clear') {
      await person.clear(session.id);
      session.turns = [];
    } else if (session.turns.length > 0) {
      const place = step.turn % session.turns.length;
      const turn = session.turns[place]!;
      if (step.does === 'fork') model.fork(session, place, (await person.fork(session.id, turn.id)).id);
      else {
        await person.forget(turn.id);
        model.forget(turn);
      }
    }
  }

  async check(person: Person = this.person): Promise<void> {
    const { model } = this;
    let counted = 0;
    for (const session of model.sessions) {
      const { id, parent } = session;
      const texts = session.turns.map(({ text }) => text);
      expect(await person.pages(id, 3)).toEqual(texts);
      expect(await person.pages(id, 2, true)).toEqual(texts);
      expect(await person.messages(id)).toEqual(texts.flatMap((text) => [text, `${text}?`]));
      const told = await person.lineage(id);
      const { interactionCount: own, inheritedInteractionCount: inherited } = told as Record<string, number>;
      expect(told.parent).toEqual(parent && { id: parent });
      expect(own! + inherited!).toBe(texts.length);
      counted += own!;
      expect(await person.recall({ filter: { sessionId: id } })).toEqual([...texts].sort());
      expect(await person.recall({ askedIn: id })).toEqual(model.seenFrom(session));
      const { messages, systemPrompt } = await person.context(id);
      const questions = messages
        .filter(({ role }: any) => role === 'USER')
        .map(({ content }: any) => content);
      expect(questions).toEqual(texts);
      expect(
        [...questions, ...[...systemPrompt.matchAll(/Remember thing\d+x\.(?!\?)/g)].map(String)].sort(),
      ).toEqual(model.seenFrom(session));
    }
    expect(counted).toBe(model.all().length);
    expect(await person.recall({})).toEqual(model.all());
  }
}

describe('sessions that are forked, spoken in, compressed, cleared and deleted in any order', () => {
  it('have the histories that copies would have, here and where they are carried', async () => {
    let forks = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), async (steps) => {
        const play = new Play(await personOf());
        for (const one of steps) await play.step(one);
        await play.check();
        await play.check(await play.carried());
        forks += steps.filter(({ does }) => does === 'fork').length;
      }),
      // Shrinking would register more people than may, and fail for that.
      { numRuns: 25, examples: [[FORGOTTEN], [CLEARED], [ORPHANED]], endOnFailure: true },
    );
    expect(forks).toBeGreaterThan(50);
  });
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
    const bob = await personOf();
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

describe('what is remembered in a fork', () => {
  it('is by the blocks of recall what it is by the texts', async () => {
    const parent = await ada.start();
    const turns: string[] = [];
    for (let from = 0; from < 200; from += 50) {
      const texts = Array.from({ length: 50 }, (_, place) => `Number ${from + place} of the parent`);
      turns.push(...(await ada.say(parent, ...texts)));
    }
    const fork = (await ada.fork(parent, turns[99]!)).id;
    await ada.say(fork, ...Array.from({ length: 90 }, (_, place) => `Number ${place} of the fork`));
    const sibling = (await ada.fork(parent, turns[149]!)).id;
    await ada.say(sibling, ...Array.from({ length: 90 }, (_, place) => `Number ${place} of the sibling`));
    const sealed = async () => {
      const query =
        'select count(*)::integer as blocks from recall_blocks where user_id = $1 and postings is not null';
      const [row] = (await execute(app.databaseUrl, query, [ada.userId])) as { blocks: number }[];
      return row!.blocks;
    };
    const found = async (query: string, askedIn: string): Promise<string[]> =>
      (await ada.ask(RECALL, { query, askedIn, filter: { roles: ['USER'] } })).recall.map(
        ({ interaction }: any) => interaction.question,
      );
    const asked: [string, string][] = [
      ['"number 80"', fork],
      ['"number 120"', fork],
      ['"number 120"', sibling],
      ['sibling', fork],
      ['sibling', parent],
    ];
    const seen = (questions = asked) =>
      Promise.all(questions.map(async ([query, askedIn]) => (await found(query, askedIn)).sort()));
    const expected = [
      ['Number 80 of the fork', 'Number 80 of the parent'],
      [],
      ['Number 120 of the parent'],
      [],
      [],
    ];
    expect(await seen()).toEqual(expected);
    await app.app.get(Sealer).seal(ada.userId);
    expect(await sealed()).toBe(1);
    expect(await seen()).toEqual(expected);
    await ada.remove(parent);
    await app.app.get(Sealer).seal(ada.userId);
    expect(await sealed()).toBe(1);
    expect(await seen(asked.slice(0, 4))).toEqual(expected.slice(0, 4));
  });

  it('goes on from what it shares: neighbours of a hit lie on both sides of the fork point', async () => {
    const parent = await ada.start();
    const [first] = await ada.say(parent, 'Which bread is best?', 'And which cheese?');
    const fork = (await ada.fork(parent, first!)).id;
    await ada.say(fork, 'Does sourdough keep long?');
    const { recall } = await ada.ask(
      `query ($id: UUID!) { recall(query: "sourdough", first: 1, askedIn: $id, neighbours: 1) {
        neighbours { question } } }`,
      { id: fork },
    );
    expect(recall).toEqual([{ neighbours: [{ question: 'Which bread is best?' }] }]);
  });

  it('can be shown again as it was sent, also when its parent is gone', async () => {
    const parent = await ada.start();
    const [first] = await ada.say(parent, 'My dog is called Rex.');
    const fork = (await ada.fork(parent, first!)).id;
    const { contextUsed, messages } = (
      await ada.ask(
        `query ($input: BuildContextInput!) { buildContext(input: $input) { contextUsed messages { content } } }`,
        { input: { sessionId: fork, query: 'What is my dog called?' } },
      )
    ).buildContext;
    const { recordInteraction } = await ada.ask(
      `mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }`,
      { input: { sessionId: fork, question: 'What is my dog called?', answer: 'Rex.', contextUsed } },
    );
    await ada.remove(parent);
    const replay = await ada.ask(
      `query ($id: UUID!) { replayContext(interactionId: $id) { messages { content } missing removed { id } } }`,
      { id: recordInteraction.interaction.id },
    );
    expect(replay.replayContext).toEqual({ messages, missing: 0, removed: [] });
  });
});

describe('summaries of a fork', () => {
  const LONG = Array.from(
    { length: 12 },
    (_, place) => `What did the gardener plant in bed number ${place} by the wall?`,
  );
  const SUMMARIES = `query ($id: UUID!) { session(id: $id) { summaries { id sessionId fromSequence toSequence } } }`;
  const NOW = 'mutation ($id: UUID!) { summarizeSession(id: $id) { id sessionId fromSequence toSequence } }';
  const summaries = async (id: string) => (await ada.ask(SUMMARIES, { id })).session.summaries;
  const summarize = async (id: string) => (await ada.ask(NOW, { id })).summarizeSession;

  it('are those of its parent that cover what they share', async () => {
    const parent = await ada.start();
    const turns = await ada.say(parent, ...LONG);
    const early = (await ada.fork(parent, turns[2]!)).id;
    const late = (await ada.fork(parent, turns[11]!)).id;
    const summary = await summarize(parent);
    expect(await summaries(late)).toEqual([summary]);
    expect(await summaries(early)).toEqual([]);
    expect((await ada.context(late)).messages).toHaveLength(24);
    await ada.remove(parent);
    expect(await summaries(late)).toEqual([{ ...summary, sessionId: late }]);
  });

  it('take in what it inherits that is not summarised yet, and win over those that its parent makes of it later', async () => {
    const parent = await ada.start();
    const turns = await ada.say(parent, ...LONG);
    const fork = (await ada.fork(parent, turns[11]!)).id;
    await ada.say(fork, 'And why there?');
    const own = await summarize(fork);
    expect(own).toMatchObject({ sessionId: fork });
    const of = async (id: string) =>
      (
        await ada.ask(
          `query ($id: UUID!) { session(id: $id) { summaries { sources { edges { node { question } } } } } }`,
          { id },
        )
      ).session.summaries.flatMap(({ sources }: any) => sources.edges.map(({ node }: any) => node.question));
    expect(await of(fork)).toEqual(LONG.slice(0, 9));
    await summarize(parent);
    expect(await summaries(fork)).toEqual([own]);
    expect(await of(parent)).toEqual(LONG.slice(0, 8));
    // The next one begins where the last one ended.
    await summarize(fork);
    expect(await of(fork)).toEqual(LONG.slice(0, 11));
  });

  it('are gone with an interaction that they tell of, wherever they are', async () => {
    const parent = await ada.start();
    const turns = await ada.say(parent, ...LONG);
    const fork = (await ada.fork(parent, turns[11]!)).id;
    await summarize(fork);
    const sibling = (await ada.fork(parent, turns[11]!)).id;
    await summarize(parent);
    await ada.clear(parent);
    expect(await summaries(parent)).toHaveLength(1);
    expect(await summaries(sibling)).toHaveLength(1);
    await ada.forget(turns[0]!);
    for (const id of [parent, fork, sibling]) expect(await summaries(id)).toEqual([]);
  });

  describe('that was cleared, and keeps its own,', () => {
    const cleared = async () => {
      const parent = await ada.start();
      const turns = await ada.say(parent, ...LONG);
      const fork = (await ada.fork(parent, turns[11]!)).id;
      await summarize(fork);
      await ada.clear(fork);
      expect(await summaries(fork)).toHaveLength(1);
      expect(await ada.history(fork)).toEqual([]);
      return { parent, turns, fork };
    };

    it('are gone with an inherited interaction that they tell of', async () => {
      const { turns, fork } = await cleared();
      await ada.forget(turns[11]!); // not in the summary
      expect(await summaries(fork)).toHaveLength(1);
      await ada.forget(turns[0]!);
      expect(await summaries(fork)).toEqual([]);
    });

    it('are gone with one that has passed to another fork meanwhile', async () => {
      const { parent, turns, fork } = await cleared();
      const heir = (await ada.fork(parent, turns[11]!)).id;
      await ada.remove(parent);
      expect(await summaries(fork)).toHaveLength(1);
      await ada.forget(turns[0]!);
      expect(await summaries(fork)).toEqual([]);
      expect(await ada.history(heir)).toHaveLength(11);
    });

    it('are gone with the session that they tell of', async () => {
      const { parent, fork } = await cleared();
      await ada.remove(parent);
      expect(await summaries(fork)).toEqual([]);
    });
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
