import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startApp, type TestApp } from '../support/app.js';
import { createDirectory, execute } from '../support/database.js';
import { exported, importFile } from '../support/imports.js';

const directory = createDirectory();
let app: TestApp;
let token: string;
let userId: string;
beforeAll(async () => {
  app = await startApp({ BACKUP_DIRECTORY: directory.path });
});
afterAll(async () => {
  await app.close();
  directory.remove();
});
beforeEach(async () => {
  ({ token, userId } = await app.register());
});

const run = async (query: string, variables: Record<string, unknown> = {}, as = token): Promise<any> =>
  Object.values(await app.ask(query, variables, as))[0];
const sql = (text: string, ...values: unknown[]) => execute(app.databaseUrl, text, values);
const fileOf = async (as: string, query = '') =>
  (await fetch(`${app.url}/export${query}`, { headers: { authorization: `Bearer ${as}` } })).text();

const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id } session { id } } }`;
const TEMPLATE = 'mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) { id } }';
const TEMPLATES = '{ templates { id name type title tags systemNote state tokenLimit createdAt updatedAt } }';
const SETTINGS = '{ me { displayName timeZone idleTimeoutSeconds } }';
const SCHEDULE = '{ backupSchedule { frequency keep } }';

/** A row of everything that is not said in a session, and the secrets of it. */
async function account() {
  await run(
    'mutation { updateMe(input: { displayName: "Ada", timeZone: "Europe/Zurich", idleTimeoutSeconds: 60 }) { id } }',
  );
  await run('mutation { setBackupSchedule(input: { frequency: WEEKLY, keep: 3 }) { keep } }');
  const input = { name: 'Tea', tags: ['a'], systemNote: 'Be brief.', state: { cups: 2 }, tokenLimit: 900 };
  await run(TEMPLATE, { input });
  const { session, interaction } = await run(RECORD, { input: { question: 'Mine?', answer: 'Yes.' } });
  await run('mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }', session);
  await sql('insert into interaction_authors values ($1, $2, $1)', userId, interaction.id);
  const share = `mutation ($id: UUID!) { shareSession(input: { sessionId: $id, mode: LIVE, password: "open sesame" }) { token } }`;
  const link = await run(share, session);
  const { key } = await app.createKey(token, { name: 'bot' });
  await sql(
    `insert into identities (user_id, id, application_id, channel, external_id, linked_at) values ($1, $2, $1, 'telegram', '7', now())`,
    userId,
    randomUUID(),
  );
  return { session, interaction, secrets: [link.token, key, key.slice(-20), 'open sesame'] };
}

describe('the export of everything', () => {
  const rows = readFileSync('docs/export.md', 'utf8')
    .split('## What of an account is in it')[1]!
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const named = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!);

  it('is documented for every table with rows of a user', async () => {
    const tables = await sql(
      `select c.relname as name from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and (c.relname = 'users' or exists (
         select from pg_attribute a where a.attrelid = c.oid and a.attname = 'user_id'))`,
    );
    // That of embeddings is there with pgvector only.
    const all = new Set([...tables.map(({ name }: any) => name), 'interaction_embeddings']);
    expect(rows.flatMap(([, names]) => named(names!)).sort()).toEqual([...all].sort());
    for (const [, , inFile] of rows) expect(inFile).toMatch(/^`\w+`$|^no: ./);
  });

  it('holds what the table says that it holds, and no secret', async () => {
    const { secrets } = await account();
    await run('mutation { addFact(input: { category: GOAL, text: "wants to run" }) { id } }');
    const wrong = await run('mutation { addFact(input: { category: GOAL, text: "wants to swim" }) { id } }');
    await run('mutation ($id: UUID!) { forgetFact(id: $id) }', wrong);
    await sql(
      `insert into token_usage (user_id, id, kind, model, prompt_tokens, answer_tokens) values ($1, $2, 'CHAT', 'm', 1, 2)`,
      userId,
      randomUUID(),
    );
    const text = await fileOf(token);
    const file = JSON.parse(text);
    for (const key of rows.flatMap(([, , inFile]) => (inFile!.startsWith('no') ? [] : named(inFile!)))) {
      expect([key, Object.keys(file[key] ?? {}).length > 0]).toEqual([key, true]);
    }
    expect(file).toMatchObject({
      user: {
        displayName: 'Ada',
        timeZone: 'Europe/Zurich',
        idleTimeoutSeconds: 60,
        backupSchedule: { frequency: 'WEEKLY', keep: 3 },
      },
      sessions: [{ interactions: [{ author: { userId } }] }],
      shares: [{ isLink: true, mode: 'LIVE', hasPassword: true, sessionId: file.sessions[0].id }],
      identities: [{ channel: 'telegram', externalId: '7' }],
      serviceKeys: [{ name: 'bot', scopes: ['READ', 'WRITE'] }],
    });
    const stored = await sql(
      `select encode(token_hash, 'hex') as one, password_hash as two from shares where user_id = $1
       union all select encode(key_hash, 'hex'), null from service_keys where user_id = $1
       union all select encode(token_hash, 'hex'), null from refresh_tokens where user_id = $1
       union all select password_hash, null from users where id = $1`,
      userId,
    );
    const digests = stored.flatMap(({ one, two }: any) => [one, two]).filter((digest) => digest !== null);
    expect(digests.length).toBeGreaterThan(4);
    for (const secret of [...secrets, ...digests]) expect(text).not.toContain(secret);
  });

  it('of a selection has the shares of its sessions, and nothing of the rest', async () => {
    const { session } = await account();
    const { session: other } = await run(RECORD, { input: { question: 'And?', scope: 'b' } });
    const keys = ['format', 'version', 'user', 'sessions', 'usage', 'shares'];
    for (const [id, count] of [
      [session.id, 1],
      [other.id, 0],
    ]) {
      const file = JSON.parse(await fileOf(token, `?sessionId=${id}`));
      expect(Object.keys(file)).toEqual(keys);
      expect(file.shares).toHaveLength(count);
    }
  });
});

describe('an import of it', () => {
  it('brings templates, settings where there are none, and lets nobody in', async () => {
    const { interaction } = await account();
    const bob = await app.register();
    const file = await fileOf(token);
    const report = await importFile(app, bob.token, file);
    expect(report).toMatchObject({ errors: [], counts: { settings: [1, 0, 0], templates: [1, 0, 0] } });
    expect(await run(TEMPLATES, {}, bob.token)).toEqual(await run(TEMPLATES));
    expect(await run(SETTINGS, {}, bob.token)).toEqual(await run(SETTINGS));
    expect(await run(SCHEDULE, {}, bob.token)).toEqual({ frequency: 'WEEKLY', keep: 3 });
    // Somebody else's words are not taken for the user's; whose, a file cannot prove.
    const author = 'query ($id: UUID!) { interaction(id: $id) { author { userId } } }';
    expect(await run(author, interaction, bob.token)).toEqual({ author: { userId: null } });
    for (const table of ['shares', 'identities', 'service_keys']) {
      expect(await sql(`select from ${table} where user_id = $1`, bob.userId)).toEqual([]);
    }
    const again = await importFile(app, bob.token, file);
    expect(again.counts).toMatchObject({ settings: [0, 1, 0], templates: [0, 1, 0] });
  });

  it('leaves settings that there are, and templates of the name', async () => {
    await account();
    const bob = await app.register();
    await run(
      'mutation { updateMe(input: { displayName: "Bob", idleTimeoutSeconds: 5 }) { id } }',
      {},
      bob.token,
    );
    await run('mutation { setBackupSchedule(input: { frequency: DAILY }) { keep } }', {}, bob.token);
    await run(TEMPLATE, { input: { name: 'Tea' } }, bob.token);
    const foreseen = await importFile(app, bob.token, await fileOf(token), '?dryRun=true');
    const report = await importFile(app, bob.token, await fileOf(token));
    expect(foreseen.errors).toEqual(report.errors);
    expect(report.errors).toEqual([{ path: 'templates.0', message: 'Another template has this name.' }]);
    expect(await run(SETTINGS, {}, bob.token)).toEqual({
      displayName: 'Bob',
      timeZone: 'Europe/Zurich',
      idleTimeoutSeconds: 5,
    });
    expect(await run(SCHEDULE, {}, bob.token)).toEqual({ frequency: 'DAILY', keep: 7 });
  });

  it('refuses settings and templates that are none, and goes on', async () => {
    const file = JSON.parse(await fileOf(token));
    const report = await importFile(app, token, {
      ...file,
      user: { timeZone: '+01:00', backupSchedule: { frequency: 'HOURLY', keep: 1 } },
      templates: [7, { id: randomUUID(), name: '', type: 'TEXT_CHAT' }],
      shares: 'all',
      identities: [{}],
    });
    expect(report).toMatchObject({
      state: 'COMPLETED',
      counts: { settings: [0, 0, 1], templates: [0, 0, 2] },
    });
  });
});

it('a template that was deleted comes back from the file', async () => {
  await account();
  const before = await exported(app, token);
  const [{ id }] = await run(TEMPLATES);
  await run('mutation ($id: UUID!) { deleteTemplate(id: $id) }', { id });
  expect(await exported(app, token)).not.toBe(before);
  await importFile(app, token, before);
  expect(await exported(app, token)).toBe(before);
});
