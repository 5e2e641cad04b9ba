import fc from 'fast-check';
import { startApp, type TestApp } from '../support/app.js';
import { type Person, personOf } from '../support/branches.js';
import { compressAll } from '../support/compression.js';
import { exported, importFile } from '../support/imports.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const END = 'mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }';

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
    const other = await personOf(app);
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
        const play = new Play(await personOf(app));
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
