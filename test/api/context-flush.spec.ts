import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import pg from 'pg';
import { KnownLogs } from '../../src/memory/known-log.js';
import { Sealer } from '../../src/memory/sealer.js';
import { startApp, type TestApp } from '../support/app.js';

const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id sessionId } error { message } } }`;
const BUILD = `query ($input: BuildContextInput!) { buildContext(input: $input) {
  systemPrompt messages { content } tokens sections { name tokens items leftOut } sources { id role why score } } }`;
const HISTORY = ['recall_blocks', 'recall_turns', 'context_facts'];
const HISTORY_OF_SESSION = [
  'recall_blocks',
  'recall_turns_of_session',
  'context_facts',
  'recall_branches',
  'system_note_of',
];

let app: TestApp;
let token: string;
let userId: string;

beforeAll(async () => {
  app = await startApp({ DATABASE_PIPELINES: '8' });
});
afterAll(() => app.close());
beforeEach(async () => {
  ({ token, userId } = await app.register());
});

const ask = (query: string, variables?: Record<string, unknown>) => app.ask(query, variables, token);
async function tell(items: object[]): Promise<{ id: string; sessionId: string }[]> {
  const { recordInteractions } = await ask(RECORD, { items });
  for (const { error } of recordInteractions) expect(error).toBeNull();
  return recordInteractions.map(({ interaction }: any) => interaction);
}
const TOPICS = ['sailing', 'bread', 'chess', 'violins', 'moss', 'trains', 'taxes'];
const talk = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, place) => from + place).map((index) => ({
    question: `Number ${index}: what about ${TOPICS[index % 7]}?`,
    answer: `On ${TOPICS[index % 7]}, ${'well '.repeat(index % 50)}I said ${index}.`,
  }));
/** More than a process knows as text: the most of it only by its words. */
async function tellLong(): Promise<{ id: string; sessionId: string }[]> {
  const told = [...(await tell(talk(0, 500))), ...(await tell(talk(500, 900)))];
  await app.app.get(Sealer).seal(userId);
  return told;
}
const inSession = async (): Promise<string> =>
  (await ask('mutation { startSession(input: { scope: "apart" }) { id } }')).startSession.id;
const sumUp = async (id: string): Promise<any> =>
  (await ask('mutation ($id: UUID!) { summarizeSession(id: $id) { id text } }', { id })).summarizeSession;
const build = async (query: string, input: object = {}): Promise<any> =>
  (await ask(BUILD, { input: { query, tokenBudget: 2000, ...input } })).buildContext;

/** The flushes of a context, which must be the same as for a process that knows nothing. */
async function flushesOf(query: string, input: object = {}): Promise<string[][]> {
  let context: any;
  const flushes = await app.flushes(async () => (context = await build(query, input)));
  app.app.get(KnownLogs).drop(userId);
  const fresh = await build(`${query} `, input); // not the one that is kept
  expect(withoutMark(fresh)).toEqual(withoutMark(context));
  return flushes;
}
function withoutMark(context: { systemPrompt: string }) {
  const mark = /<record (\d{12})>/.exec(context.systemPrompt)![1]!;
  return { ...context, systemPrompt: context.systemPrompt.replaceAll(mark, '') };
}

describe('a context of a long history', () => {
  it('is one flush where the history is known: with another query, and after one more turn', async () => {
    await tellLong();
    const first = await app.flushes(() => build('chess'));
    expect(first).toEqual([HISTORY, ['recall_turns_at']]);
    expect(await flushesOf('What did I say of sailing?')).toEqual([[...HISTORY, 'recall_turns_at']]);
    await tell([{ question: 'And what of bread with moss?', answer: 'Sourdough, with lichen.' }]);
    expect(await flushesOf('bread and moss')).toEqual([[...HISTORY, 'recall_turns_at']]);
    expect((await build('Which sourdough?', { maxRecent: 0 })).systemPrompt).toContain(
      'Sourdough, with lichen.',
    );
  });

  it('is one flush for the same question too, whether or not something has been said since', async () => {
    await tellLong();
    await build('chess');
    expect(await app.flushes(() => build('chess'))).toEqual([['recall_revision']]);
    await tell([{ question: 'Chess or bread?', answer: 'Chess.' }]);
    expect(await flushesOf('chess')).toEqual([[...HISTORY, 'recall_turns_at']]);
  });

  it('is one flush in a session too, with what is summarised and with long turns', async () => {
    await tellLong();
    const [one, other] = [await inSession(), await inSession()];
    for (const sessionId of [one, other]) {
      await tell(talk(1000, 1030).map((turn) => ({ ...turn, sessionId })));
      await sumUp(sessionId);
    }
    await tell([{ question: 'The long one.', answer: 'x '.repeat(20_000), sessionId: other }]);
    const input = { sessionId: other, tokenBudget: 24_000 };
    await build('trains', input);
    const flush = [...HISTORY_OF_SESSION, 'recall_turns_at', 'recall_summaries_of'];
    expect(await flushesOf('What of chess and taxes?', input)).toEqual([flush]);
    await tell([{ question: 'Chess again?', answer: 'Chess, and taxes.', sessionId: other }]);
    expect(await flushesOf('Are taxes like chess?', input)).toEqual([flush]);
  });

  it('reads what could not be foreseen in another flush', async () => {
    await tellLong();
    await build('chess');
    const dull = { question: 'Nothing.', answer: `${'well '.repeat(300)}so much.` };
    await tell([...Array<object>(300).fill(dull), { question: 'Of sailing, number 433?' }]);
    await app.app.get(Sealer).seal(userId);
    const flushes = await flushesOf('Nothing so much as sailing');
    expect(flushes).toEqual([[...HISTORY, 'recall_turns_at'], ['recall_turns_at']]);
  });
});

describe('what was forgotten', () => {
  it('is not in the next context', async () => {
    const told = await tellLong();
    await build('chess');
    const { id } = told[280]!;
    expect((await build('What of number 280?')).systemPrompt).toContain('I said 280.');
    await ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id });
    const flushes = await app.flushes(async () => {
      const { systemPrompt } = await build('What of numbers 280 and 287?');
      expect(systemPrompt).not.toContain('I said 280.');
      expect(systemPrompt).toContain('I said 287.');
    });
    // Then its block is made anew, in the background.
    expect(flushes[0]).toEqual([...HISTORY, 'recall_turns_at']);
    expect(flushes.slice(1).flat()).not.toContain('recall_turns_at');
  });

  it('is in no context that was foreseen before and read after', async () => {
    const told = await tellLong();
    const sessionId = await inSession();
    const herons = Array.from({ length: 20 }, (_, index) => `The heron number ${index} stood in the reeds.`);
    await tell(herons.map((question) => ({ question, answer: 'As herons do.', sessionId })));
    const summary = await sumUp(sessionId);
    const input = {
      include: ['RECALLED', 'SUMMARIES'],
      split: { profile: 0, summaries: 1, recalled: 1, recent: 0 },
      tokenBudget: 1000,
    };
    const before = await build('heron or number 280?', input);
    expect(before.systemPrompt).toContain('I said 280.');
    expect(before.sources.map(({ id }: any) => id)).toContain(summary.id);

    // The history waits for the lock; what is foreseen does not.
    const client = new pg.Client(app.databaseUrl);
    await client.connect();
    await client.query('begin; lock table recall_blocks');
    const foreseen = Promise.all([answered('recall_turns_at'), answered('recall_summaries_of')]);
    const building = build('number 280 or a heron?', input);
    await foreseen;
    await client.query('delete from interactions where id = $1', [told[280]!.id]);
    await client.query('update summaries set reverted_at = now() where id = $1', [summary.id]);
    await client.query('update revisions set value = value + 1 where user_id = $1', [userId]);
    await client.query('commit');
    await client.end();
    const context = await building;
    expect(context.systemPrompt).not.toContain('I said 280.');
    expect(context.sources.map(({ id }: any) => id)).not.toContain(summary.id);
  });
});

/** Resolves when the next statement of that name is answered. */
function answered(name: string): Promise<void> {
  return new Promise((resolve) => {
    const listener = (message: unknown) => {
      if ((message as { name: string }).name !== name) return;
      unsubscribe('recollect:statement', listener);
      resolve();
    };
    subscribe('recollect:statement', listener);
  });
}
