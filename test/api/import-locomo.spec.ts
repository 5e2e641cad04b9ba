import { existsSync, readFileSync } from 'node:fs';
import { startApp, type TestApp } from '../support/app.js';
import { exported, importFile } from '../support/imports.js';

const SET = '../shared/data/locomo-dev.json';
/** Where the set is not, its format is tried on the sample. */
const file = readFileSync(existsSync(SET) ? SET : 'examples/replay/sample-conversation.json', 'utf8');

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

test('a file of LoCoMo comes in whole, and its export comes back byte-equal', async () => {
  const { token } = await app.register();
  const report = await importFile(app, token, file);
  expect(report).toMatchObject({ state: 'COMPLETED', format: 'LOCOMO', errors: [] });
  expect((await importFile(app, token, file)).counts.interactions![0]).toBe(0);
  const text = await exported(app, token);
  const said = (JSON.parse(text) as { sessions: any[] }).sessions.flatMap(({ interactions }) =>
    interactions.flatMap(({ question, steps, answer }: any) => [
      question,
      ...steps.map((one: any) => one.content),
      answer,
    ]),
  );
  const turns = [JSON.parse(file)].flat().flatMap(({ conversation }) =>
    Object.keys(conversation)
      .filter((key) => /^session_\d+$/.test(key))
      .flatMap((key) => conversation[key].map((turn: { text: string }) => turn.text)),
  );
  expect(said.filter((one) => one !== null).sort()).toEqual(turns.sort());
  const other = await app.register();
  await importFile(app, other.token, text);
  expect(await exported(app, other.token)).toBe(text);
}, 60_000);
