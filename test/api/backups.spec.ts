import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { BackupsService } from '../../src/backups/backups.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { createDirectory, execute } from '../support/database.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { connect, until, watch } from '../support/sockets.js';

const BACKUP = 'id status scheduled createdAt completedAt bytes sha256 error';
const CREATE = `mutation { createBackup { ${BACKUP} } }`;
const LIST = `{ backups { ${BACKUP} } }`;
const DELETE = 'mutation ($id: UUID!) { deleteBackup(id: $id) }';
const SCHEDULE = `mutation ($input: BackupScheduleInput!) {
  setBackupSchedule(input: $input) { frequency keep nextAt } }`;
const RESTORE = 'mutation ($id: UUID!) { restoreBackup(id: $id) { id } }';
const PROGRESS = `subscription ($id: UUID!) { importProgressed(id: $id) {
  state errors { path message } counts { kind created existing } } }`;
const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id } session { id } } }`;
const DELETE_ME = 'mutation { deleteMe(password: "correct horse battery") { kind } }';

const s3Settings = (url: string) => ({
  BACKUP_S3_ENDPOINT: url,
  BACKUP_S3_BUCKET: 'safe',
  BACKUP_S3_REGION: 'eu-test-1',
  BACKUP_S3_PREFIX: 'recollect/',
  BACKUP_S3_ACCESS_KEY_ID: 'AKIATEST',
  BACKUP_S3_SECRET_ACCESS_KEY: 'secret',
});

const fetchBackup = (app: TestApp, id: string, token: string) =>
  fetch(`${app.url}/backups/${id}`, { headers: { authorization: `Bearer ${token}` } });

/** A new user who has said something, and what they do with backups. */
async function person(app: TestApp) {
  const { token, userId } = await app.register();
  const ask = (query: string, variables?: object) => app.ask(query, variables, token);
  const { interaction, session } = (
    await ask(RECORD, { input: { question: 'What is kept?', answer: 'All of it.' } })
  ).recordInteraction;
  const client = connect(app.wsUrl, token);
  const changes = watch(client, 'subscription { changes(after: 0) { kind } }');
  /** Waits until so many changes of a kind have been told. */
  const told = (kind: string, count = 1) =>
    until(() => changes.events.filter((event) => event.kind === kind).length >= count);
  return {
    token,
    userId,
    ask,
    told,
    interactionId: interaction.id as string,
    sessionId: session.id as string,
    /** Restores a backup, and what became of it. */
    restore: async (id: string) => {
      const { restoreBackup } = await ask(RESTORE, { id });
      return (await watch(client, PROGRESS, { id: restoreBackup.id }).ended).at(-1);
    },
    list: async () => (await ask(LIST)).backups,
    create: async () => (await ask(CREATE)).createBackup,
    exported: async () => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${app.url}/export?format=JSON`, { headers })).text();
    },
    /** The text of a backup as it is given back. */
    kept: async (id: string) => {
      const response = await fetchBackup(app, id, token);
      if (!response.ok) throw ((await response.json()) as { errors: unknown[] }).errors[0];
      return response.text();
    },
    // The socket of who is gone was closed already.
    dispose: () => Promise.resolve(client.dispose()).catch(() => undefined),
  };
}
type Person = Awaited<ReturnType<typeof person>>;

describe('in a directory', () => {
  const directory = createDirectory();
  const folderOf = ({ userId }: Person) => join(directory.path, userId);
  const filesOf = (one: Person) =>
    readdirSync(directory.path).includes(one.userId) ? readdirSync(folderOf(one)) : [];
  let first: TestApp;
  let second: TestApp;
  let ada: Person;

  beforeAll(async () => {
    const shared = { BACKUP_DIRECTORY: directory.path, RECOLLECT_SECRET: randomBytes(32).toString('hex') };
    first = await startApp(shared);
    second = await startApp({ ...shared, DATABASE_URL: first.databaseUrl });
  });
  afterAll(async () => {
    await second.close();
    await first.close();
    directory.remove();
  });
  beforeEach(async () => {
    ada = await person(first);
  });
  afterEach(() => ada.dispose());

  /** Has the schedule's next backup be due, and everybody look for it at once. */
  const fallDue = async ({ userId }: Person, hours: number) => {
    await execute(
      first.databaseUrl,
      `update backup_schedules set next_at = now() - make_interval(hours => $2) where user_id = $1`,
      [userId, hours],
    );
    await Promise.all([first, second].map(({ app }) => app.get(BackupsService).due()));
    await execute(first.databaseUrl, "select graphile_worker.add_job('find-backups')");
  };

  it('a backup is the whole export, compressed, with its digest', async () => {
    const asked = await ada.create();
    expect(asked).toMatchObject({
      status: 'PENDING',
      scheduled: false,
      bytes: null,
      sha256: null,
      error: null,
    });
    await ada.told('BACKUP_COMPLETED');
    const [backup] = await ada.list();
    const file = `${backup.id}.json.gz`;
    expect(filesOf(ada)).toEqual([file]);
    const stored = readFileSync(join(folderOf(ada), file));
    expect(gunzipSync(stored).toString()).toBe(await ada.exported());
    expect(backup).toMatchObject({
      id: asked.id,
      status: 'COMPLETED',
      bytes: stored.length,
      sha256: createHash('sha256').update(stored).digest('hex'),
    });
    expect(statSync(join(folderOf(ada), file)).mode & 0o077).toBe(0);
    expect(await ada.kept(backup.id)).toBe(await ada.exported());
  });

  it('a schedule makes one for each time, however many look, and keeps the newest', async () => {
    const input = { frequency: 'DAILY', keep: 2 };
    const { setBackupSchedule } = await ada.ask(SCHEDULE, { input });
    expect(setBackupSchedule).toMatchObject(input);
    const byHand = await ada.create();
    await ada.told('BACKUP_COMPLETED');
    for (const round of [1, 2, 3]) {
      await fallDue(ada, 80 - round);
      await ada.told('BACKUP_COMPLETED', round + 1);
    }
    await ada.told('BACKUP_DELETED');
    const backups = await ada.list();
    expect(backups.map(({ scheduled }: any) => scheduled)).toEqual([true, true, false]);
    expect(backups.at(-1).id).toBe(byHand.id);
    await until(() => filesOf(ada).length === 3);
    // Missed days are not made up for.
    const { nextAt } = (await ada.ask('{ backupSchedule { nextAt } }')).backupSchedule;
    expect(Date.parse(nextAt)).toBeGreaterThan(Date.now());
    expect(await ada.ask(SCHEDULE, { input: { frequency: null } })).toEqual({ setBackupSchedule: null });
    expect(await ada.ask('{ backupSchedule { nextAt } }')).toEqual({ backupSchedule: null });
    expect(await ada.list()).toHaveLength(3);
  });

  it('a failure is told, and tried again until it succeeds', async () => {
    writeFileSync(folderOf(ada), 'in the way');
    await ada.create();
    await ada.told('BACKUP_FAILED');
    const [failed] = await ada.list();
    expect(failed).toMatchObject({ status: 'FAILED', error: expect.stringContaining('did not take it') });
    expect(JSON.stringify(failed)).not.toContain(directory.path);
    rmSync(folderOf(ada));
    await ada.told('BACKUP_COMPLETED');
    expect((await ada.list())[0]).toMatchObject({ id: failed.id, status: 'COMPLETED', error: null });
  });

  it('what is deleted takes its file along, and a user all of them', async () => {
    await ada.create();
    await ada.told('BACKUP_COMPLETED');
    const [{ id }] = await ada.list();
    expect(await ada.ask(DELETE, { id })).toEqual({ deleteBackup: id });
    expect([filesOf(ada), await ada.list()]).toEqual([[], []]);
    await expect(ada.ask(DELETE, { id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await ada.create();
    await ada.told('BACKUP_COMPLETED', 2);
    expect(filesOf(ada)).toHaveLength(1);
    await ada.ask(DELETE_ME);
    await until(() => filesOf(ada).length === 0);
  });

  it('nothing is left of a user who is deleted while a backup is written', async () => {
    const backups = first.app.get(BackupsService);
    await execute(
      first.databaseUrl,
      "insert into backups (user_id, id, file) values ($1::uuid, $1::uuid, $1::uuid || '/raced')",
      [ada.userId],
    );
    const made = backups.make({ userId: ada.userId, backupId: ada.userId }, new AbortController().signal);
    await ada.ask(DELETE_ME);
    await made;
    await backups.eraseFiles();
    expect(filesOf(ada)).toEqual([]);
    // It may have been written a moment later: its file is erased until it cannot be.
    const left = await execute(first.databaseUrl, "select from backup_erasures where file like $1 || '%'", [
      ada.userId,
    ]);
    expect(left.length).toBeLessThanOrEqual(1);
  });

  it('a restore brings back what is gone, and once', async () => {
    const { sessionId } = ada;
    await ada.ask('mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }', { id: sessionId });
    const before = await ada.exported();
    await ada.create();
    await ada.told('BACKUP_COMPLETED');
    const [{ id }] = await ada.list();
    await ada.ask('mutation ($id: UUID!) { deleteSession(id: $id) }', { id: sessionId });
    expect(await ada.exported()).not.toContain('What is kept?');
    const sessions = (restored: any) => restored.counts.find(({ kind }: any) => kind === 'sessions');
    const first = await ada.restore(id);
    expect(first).toMatchObject({ state: 'COMPLETED', errors: [] });
    expect(sessions(first)).toMatchObject({ created: 1, existing: 0 });
    expect(await ada.exported()).toBe(before);
    expect(sessions(await ada.restore(id))).toMatchObject({ created: 0, existing: 1 });
    expect(await ada.exported()).toBe(before);
  });

  it('a restore brings back forks as forks', async () => {
    const { sessionId, interactionId: atInteraction } = ada;
    const fork = 'mutation ($input: ForkSessionInput!) { forkSession(input: $input) { id } }';
    const { forkSession } = await ada.ask(fork, { input: { sessionId, atInteraction } });
    await ada.ask(RECORD, { input: { sessionId: forkSession.id, question: 'And then?' } });
    const end = 'mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }';
    await ada.ask(end, { id: forkSession.id });
    const before = await ada.exported();
    await ada.create();
    await ada.told('BACKUP_COMPLETED');
    const [{ id }] = await ada.list();
    const gone = 'mutation ($id: UUID!) { deleteSession(id: $id) }';
    for (const one of [sessionId, forkSession.id]) await ada.ask(gone, { id: one });
    expect(await ada.restore(id)).toMatchObject({ state: 'COMPLETED', errors: [] });
    expect(await ada.exported()).toBe(before);
    // Whoever holds the turns by now is seen by what comes back.
    await ada.ask(gone, { id: sessionId });
    expect(await ada.restore(id)).toMatchObject({ state: 'COMPLETED', errors: [] });
    const history =
      'query ($id: UUID!) { session(id: $id) { interactions { edges { node { question } } } } }';
    for (const [one, said] of [
      [sessionId, ['What is kept?']],
      [forkSession.id, ['What is kept?', 'And then?']],
    ]) {
      const { edges } = (await ada.ask(history, { id: one as string })).session.interactions;
      expect(edges.map(({ node }: any) => node.question)).toEqual(said);
    }
  });

  it('a file that is not as it was written is not read', async () => {
    await ada.create();
    await ada.told('BACKUP_COMPLETED');
    const [{ id }] = await ada.list();
    const path = join(folderOf(ada), `${id}.json.gz`);
    const stored = readFileSync(path);
    writeFileSync(path, stored.subarray(0, -1));
    await expect(ada.kept(id)).rejects.toMatchObject({ message: expect.stringContaining('damaged') });
    rmSync(path);
    await expect(ada.kept(id)).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
    writeFileSync(path, stored);
    expect(await ada.kept(id)).toBe(await ada.exported());
  });

  it('the receipt of a deletion names the backups that still hold what was deleted', async () => {
    await ada.create();
    await ada.told('BACKUP_COMPLETED');
    const [{ id }] = await ada.list();
    const interaction = { id: ada.interactionId };
    await ada.ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', interaction);
    const receipt = async () =>
      (await ada.ask('query ($id: UUID!) { deletionReceipt(id: $id) { backups { id } } }', interaction))
        .deletionReceipt;
    await ada.create();
    await ada.told('BACKUP_COMPLETED', 2);
    expect(await receipt()).toEqual({ backups: [{ id }] });
    await ada.ask(DELETE, { id });
    expect(await receipt()).toEqual({ backups: [] });
  });

  it('is given back to its user alone', async () => {
    await ada.create();
    await ada.told('BACKUP_COMPLETED');
    const [{ id }] = await ada.list();
    const { token: other } = await first.register();
    const { key } = await first.createKey(ada.token);
    const answers = [];
    for (const token of ['none', other, key]) answers.push((await fetchBackup(first, id, token)).status);
    expect(answers).toEqual([401, 404, 403]);
    expect((await fetchBackup(first, '1', ada.token)).status).toBe(400);
  });

  it('at most 20 are made by hand', async () => {
    await execute(
      first.databaseUrl,
      `insert into backups (user_id, id, status, file)
       select $1, gen_random_uuid(), 'FAILED', 'none' || n from generate_series(1, 20) n`,
      [ada.userId],
    );
    await expect(ada.create()).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('encrypted', () => {
  const directory = createDirectory();
  const key = randomBytes(32).toString('hex');
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ BACKUP_DIRECTORY: directory.path, BACKUP_KEY: key });
  });
  afterAll(async () => {
    await app.close();
    directory.remove();
  });

  it('a backup says nothing without its key', async () => {
    const ada = await person(app);
    await ada.create();
    await ada.told('BACKUP_COMPLETED');
    const [{ id }] = await ada.list();
    const stored = readFileSync(join(directory.path, ada.userId, `${id}.json.gz.enc`));
    expect(() => gunzipSync(stored)).toThrow();
    expect(await ada.kept(id)).toBe(await ada.exported());
    for (const other of [{ BACKUP_KEY: randomBytes(32).toString('hex') }, {}]) {
      const elsewhere = await startApp({
        ...other,
        BACKUP_DIRECTORY: directory.path,
        DATABASE_URL: app.databaseUrl,
      });
      const read = elsewhere.app.get(BackupsService).open(ada.userId, id).then(text);
      await expect(read).rejects.toThrow(/BACKUP_KEY|authenticate/);
      await elsewhere.close();
    }
    await ada.dispose();
  });
});

describe('in a bucket', () => {
  let s3: S3Server;
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    s3 = await startS3Server();
    app = await startApp(s3Settings(s3.url));
  });
  afterAll(async () => {
    await app.close();
    await s3.close();
  });
  beforeEach(async () => {
    ada = await person(app);
  });
  afterEach(() => ada.dispose());
  const objects = () => [...s3.objects.keys()].filter((path) => path.includes(ada.userId));

  it('a backup is stored by one signed request, read and erased', async () => {
    await ada.create();
    await ada.told('BACKUP_COMPLETED');
    const [{ id }] = await ada.list();
    expect(objects()).toEqual([`/safe/recollect/${ada.userId}/${id}.json.gz`]);
    expect(await ada.kept(id)).toBe(await ada.exported());
    await ada.ask(DELETE, { id });
    expect(objects()).toEqual([]);
  });

  it('a store that fails is told, and tried again', async () => {
    s3.next('denied');
    await ada.create();
    await ada.told('BACKUP_FAILED');
    expect(objects()).toEqual([]);
    await ada.told('BACKUP_COMPLETED');
    expect(objects()).toHaveLength(1);
  });

  it('a store that is slow does not hold up the end of the process', async () => {
    const backups = app.app.get(BackupsService);
    s3.next('silent');
    const before = s3.requests.length;
    await execute(
      app.databaseUrl,
      "insert into backups (user_id, id, file) values ($1::uuid, $1::uuid, $1::uuid || '/slow')",
      [ada.userId],
    );
    const stop = new AbortController();
    const made = backups.make({ userId: ada.userId, backupId: ada.userId }, stop.signal);
    await until(() => s3.requests.length > before);
    stop.abort();
    await expect(made).rejects.toThrow();
    await ada.told('BACKUP_FAILED');
  });

  it('an answer that breaks off is no backup', async () => {
    await ada.create();
    await ada.told('BACKUP_COMPLETED');
    const [{ id }] = await ada.list();
    s3.next('cut');
    await expect(ada.kept(id)).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
    expect(await ada.kept(id)).toBe(await ada.exported());
  });

  it('a file that cannot be erased is erased later', async () => {
    await ada.create();
    await ada.told('BACKUP_COMPLETED');
    const [{ id }] = await ada.list();
    s3.next('denied');
    await ada.ask(DELETE, { id });
    expect(objects()).toHaveLength(1);
    await execute(app.databaseUrl, "select graphile_worker.add_job('erase-backup-files')");
    await until(() => objects().length === 0);
  });
});

it('a server without a place for them keeps no backups', async () => {
  const app = await startApp();
  const ada = await person(app);
  for (const refused of [ada.create(), ada.ask(SCHEDULE, { input: { frequency: 'DAILY' } })])
    await expect(refused).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await ada.list()).toEqual([]);
  await ada.dispose();
  await app.close();
});
