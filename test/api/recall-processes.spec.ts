import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { StatementEnded } from '../../src/database/database.js';
import { LiveService } from '../../src/live/live.service.js';
import { KnownLogs } from '../../src/memory/known-log.js';
import { Sealer } from '../../src/memory/sealer.js';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, dropDatabase } from '../support/database.js';

const SECRET = 'a secret that both processes know, of some length';
const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id sessionId } error { message } } }`;
const RECALL = `query ($query: String!) {
  recall(query: $query, first: 20) { role score interaction { id question answer } } }`;
const BUILD = `query ($input: BuildContextInput!) { buildContext(input: $input) { systemPrompt messages { content } } }`;
const DELETE = 'mutation ($id: UUID!) { deleteInteraction(id: $id) }';

let databaseUrl: string;
let writer: TestApp;
let reader: TestApp;
let token: string;
let userId: string;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  const start = () => startApp({ DATABASE_URL: databaseUrl, RECOLLECT_SECRET: SECRET });
  [writer, reader] = [await start(), await start()];
});
afterAll(async () => {
  await Promise.all([writer.close(), reader.close()]);
  await dropDatabase(databaseUrl);
});
beforeEach(async () => {
  ({ token, userId } = await writer.register());
});

const ask = (app: TestApp, query: string, variables?: object) => app.ask(query, variables, token);
const secret = (index: number) => `code${index}alpha`;
const turns = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    question: `Turn ${from + index} is about ${secret(from + index)} and gardens.`,
    answer: `Noted as number ${from + index}.`,
  }));
async function tell(items: object[]): Promise<{ id: string; sessionId: string }[]> {
  const { recordInteractions } = await ask(writer, RECORD, { items });
  for (const { error } of recordInteractions) expect(error).toBeNull();
  return recordInteractions.map(({ interaction }: any) => interaction);
}
const recall = async (query: string): Promise<any[]> => (await ask(reader, RECALL, { query })).recall;
const known = () => reader.app.get(KnownLogs);
const sealed = () => writer.app.get(Sealer).seal(userId);

/** What the reader finds with what it knows, which must be what it finds when it knows nothing. */
async function found(query: string): Promise<string[]> {
  const hits = await recall(query);
  known().drop(userId);
  expect(await recall(query)).toEqual(hits);
  return hits.map(({ role, interaction }) => (role === 'USER' ? interaction.question : interaction.answer));
}

/** The rows of each statement that is sent while `action` runs. */
async function rowsOf(action: () => Promise<unknown>): Promise<[name: string, rows: number][]> {
  const rows: [string, number][] = [];
  const listener = (message: unknown) => {
    const { name, rows: count } = message as StatementEnded;
    rows.push([name, count]);
  };
  subscribe('recollect:statement', listener);
  try {
    await action();
  } finally {
    unsubscribe('recollect:statement', listener);
  }
  return rows;
}

describe('what a process knows of a log', () => {
  it('is compared with what other processes have written, by the read that uses it', async () => {
    const OPEN = 'mutation { openInteraction(input: { question: "Which fish?" }) { interaction { id } } }';
    const COMPLETE = `mutation ($input: CompleteInteractionInput!) { completeInteraction(input: $input) { interaction { id } } }`;
    const { id: late } = (await ask(writer, OPEN)).openInteraction.interaction;
    const told = await tell(turns(0, 400));
    await recall('gardens');
    await sealed();
    expect((await found(secret(3)))[0]).toContain(secret(3));

    await tell([{ question: 'The heron stood still.' }]);
    expect(await found('heron')).toContain('The heron stood still.');
    await ask(writer, COMPLETE, { input: { id: late, answer: 'The coelacanth.' } });
    expect(await found('coelacanth')).toContain('The coelacanth.');
    await sealed();
    expect(await found('coelacanth')).toContain('The coelacanth.');

    const [inBlock, inTail] = [told[3]!, told[399]!];
    for (const { id } of [inBlock, inTail]) await ask(writer, DELETE, { id });
    expect((await recall(secret(3))).map(({ interaction }) => interaction.id)).not.toContain(inBlock.id);
    expect((await recall(secret(399))).map(({ interaction }) => interaction.id)).not.toContain(inTail.id);
    await sealed();
    expect((await found(secret(4)))[0]).toContain(secret(4));

    await tell(turns(400, 400));
    expect((await found(secret(777)))[0]).toContain(secret(777));
    await sealed();
    expect((await found(secret(401)))[0]).toContain(secret(401));
    await ask(writer, 'mutation ($id: UUID!) { clearMessages(id: $id) { id } }', { id: inBlock.sessionId });
    expect(await found('gardens')).toEqual([]);
  });

  it('keeps nothing that was forgotten, once the user has asked again', async () => {
    const told = await tell(turns(0, 400));
    await sealed();
    await recall('gardens');
    const kept = () => {
      const { log, turns: asText } = known().get(userId)!;
      return JSON.stringify([log.blocks.map(({ postings }) => postings), [...asText.values()]]);
    };
    expect([kept().includes(secret(3)), kept().includes(secret(399))]).toEqual([true, true]);
    for (const index of [3, 399]) await ask(writer, DELETE, { id: told[index]!.id });
    await recall('gardens');
    expect([kept().includes(secret(3)), kept().includes(secret(399))]).toEqual([false, false]);
    expect([kept().includes(secret(4)), kept().includes(secret(398))]).toEqual([true, true]);
    const gone = new Promise((resolve) => reader.app.get(LiveService).onUserGone(resolve));
    await ask(writer, 'mutation { deleteMe(password: "correct horse battery") { at } }');
    expect(await gone).toBe(userId);
    expect(known().get(userId)).toBeUndefined();
  });

  it('is not read again, and a word that nobody has said is no reason to read either', async () => {
    await tell(turns(0, 400));
    await sealed();
    const read = (query: string) => rowsOf(() => recall(query));
    const names = (rows: [string, number][]) => rows.map(([name]) => name).sort();
    expect(new Map(await read('gardens')).get('recall_turns')).toBeGreaterThan(100);
    const again = await read('gardns');
    expect(names(again)).toEqual(['interactions_at', 'recall_blocks', 'recall_turns']);
    expect([new Map(again).get('recall_blocks'), new Map(again).get('recall_turns')]).toEqual([1, 1]);
    await tell(turns(400, 2));
    expect(new Map(await read('gardens')).get('recall_turns')).toBe(2);
  });

  it('gives a session its newest turns, wherever in the log they are', async () => {
    const START = 'mutation { startSession(input: { scope: "old" }) { id } }';
    const { id: sessionId } = (await ask(writer, START)).startSession;
    await tell([{ question: 'The old question.', answer: 'x'.repeat(40_000), sessionId }]);
    await tell(turns(0, 400));
    await sealed();
    const build = async (tokenBudget: number): Promise<string[]> => {
      const input = { query: 'gardens', sessionId, tokenBudget };
      const { messages } = (await ask(reader, BUILD, { input })).buildContext;
      return messages.map(({ content }: { content: string }) => content);
    };
    for (let time = 0; time < 2; time++) {
      expect(await build(100_000)).toEqual(['The old question.', 'x'.repeat(40_000)]);
      expect(await build(1000)).toEqual([]);
    }
  });
});
