import { Sealer } from '../../src/memory/sealer.js';
import { startApp, type TestApp } from '../support/app.js';
import { type Person, personOf, RECALL } from '../support/branches.js';
import { execute } from '../support/database.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

let ada: Person;
beforeEach(async () => {
  ada = await personOf(app);
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
