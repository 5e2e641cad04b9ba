import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { randomUUID } from 'node:crypto';
import { Commands } from '../../src/database/commands.js';
import { startApp, type Sent, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';
import { importFile } from '../support/imports.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const SESSIONS = 12;
const TURNS = 100;
const MOST_OF_A_BATCH = 100;

const fileOf = () => ({
  format: 'recollect-export',
  version: 1,
  sessions: Array.from({ length: SESSIONS }, (_, session) => ({
    id: randomUUID(),
    startedAt: new Date(Date.UTC(2025, 0, 1 + session)).toISOString(),
    interactions: Array.from({ length: TURNS }, (_, n) => ({
      id: randomUUID(),
      question: `What is the word for ${n}?`,
      answer: `It is number${session * TURNS + n}.`,
      metadata: { note: 'x'.repeat(700) },
      occurredAt: new Date(Date.UTC(2025, 0, 1 + session, 0, n)).toISOString(),
    })),
  })),
});

const record = (userId: string) => ({
  kind: 'recordInteraction',
  userId,
  id: randomUUID(),
  newSessionId: randomUUID(),
  question: 'Is anybody there?',
});

const BATCH = 'owner apply_commands';

/** The statements of an import as they leave; each is called back with. */
async function statementsOf(
  action: () => Promise<unknown>,
  onSent: (statement: string) => void = () => {},
): Promise<string[]> {
  const all: string[] = [];
  const listener = (message: unknown) => {
    const { name, lane } = message as Sent;
    const statement = `${lane} ${name}`;
    if (statement !== BATCH && name !== 'import_chunk') return;
    all.push(statement);
    onSent(statement);
  };
  subscribe('recollect:statement:sent', listener);
  await action().finally(() => unsubscribe('recollect:statement:sent', listener));
  return all;
}

const batchesIn = (statements: string[]) => statements.filter((statement) => statement === BATCH).length;

describe('an import', () => {
  it('of many turns lets commands of others, and of its user, in between its batches', async () => {
    const [user, other] = await Promise.all([app.register(), app.register()]);
    const commands = app.app.get(Commands);
    let batches = 0;
    const between: Promise<{ batches: number; revision: number }>[] = [];
    const statements = await statementsOf(
      () => importFile(app, user.token, fileOf()),
      (statement) => {
        if (statement !== BATCH || ++batches !== 2) return;
        for (const { userId } of [user, other])
          between.push(commands.run(record(userId)).then(({ revision }) => ({ batches, revision })));
      },
    );
    const [own, others] = await Promise.all(between);
    expect(others!.batches).toBeLessThan(batchesIn(statements));
    const [log] = await execute(
      app.databaseUrl,
      `select min(sequence)::integer as first, max(sequence)::integer as last, count(*)::integer as turns
       from interactions where user_id = $1`,
      [user.userId],
    );
    expect(log).toMatchObject({ turns: SESSIONS * TURNS + 1 });
    const { first, last } = log as { first: number; last: number };
    expect(own!.revision).toBeGreaterThan(first);
    expect(own!.revision).toBeLessThan(last);
  });

  it('stores so many turns at once and no more, whatever the sessions', async () => {
    const { token, userId } = await app.register();
    const statements = await statementsOf(() => importFile(app, token, fileOf()));
    expect(batchesIn(statements)).toBe(Math.ceil((SESSIONS * (TURNS + 2)) / MOST_OF_A_BATCH));
    const [{ most }] = (await execute(
      app.databaseUrl,
      `select max(turns)::integer as most from (
         select count(*) as turns from interactions where user_id = $1 group by xmin) batch`,
      [userId],
    )) as [{ most: number }];
    expect(most).toBeLessThanOrEqual(MOST_OF_A_BATCH);
  });

  it('reads no further ahead of what it stores than a batch needs', async () => {
    const { token } = await app.register();
    const statements = await statementsOf(() => importFile(app, token, fileOf()));
    // A chunk of the file holds more turns than a batch, so that one was stored before the next chunk is read.
    const isChunk = statements.map((statement) => statement !== BATCH);
    expect(isChunk.filter(Boolean).length).toBeGreaterThan(3);
    expect(isChunk.some((is, n) => is && isChunk[n + 1])).toBe(false);
  });

  it('leaves its turns indexed, but for the newest', async () => {
    const { token, userId } = await app.register();
    await importFile(app, token, fileOf());
    const [{ indexed }] = (await execute(
      app.databaseUrl,
      `select count(*)::integer as indexed from interactions i
       join recall_blocks b on b.user_id = i.user_id and i.sequence between b.from_sequence and b.to_sequence
       where i.user_id = $1`,
      [userId],
    )) as [{ indexed: number }];
    expect(indexed).toBeGreaterThan(SESSIONS * TURNS - 320);
    const { recall } = await app.ask(
      'query ($query: String!) { recall(query: $query, first: 1) { interaction { answer } } }',
      { query: 'number7' },
      token,
    );
    expect(recall).toEqual([{ interaction: { answer: 'It is number7.' } }]);
  });
});
