import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';
import { chatgpt, finished, importFile, upload } from '../support/imports.js';

let app: TestApp;
let token: string;
let userId: string;

beforeAll(async () => {
  app = await startApp({ MAX_IMPORT_BYTES: '5000000' });
});
afterAll(() => app.close());
beforeEach(async () => {
  ({ token, userId } = await app.register());
});

const run = async (query: string, variables?: object, as = token): Promise<any> =>
  Object.values(await app.ask(query, variables, as))[0];
const sql = (text: string, ...values: unknown[]) => execute(app.databaseUrl, text, values);

describe('an upload', () => {
  const file = JSON.stringify([chatgpt()]);

  it('is for who has signed in, or a key that may write', async () => {
    expect((await upload(app, 'nonsense', file)).status).toBe(401);
    expect((await fetch(`${app.url}/import`, { method: 'POST', body: file })).status).toBe(401);
    const reader = await app.createKey(token, { scopes: ['READ'] });
    expect((await upload(app, reader.key, file)).status).toBe(403);
    const writer = await app.createKey(token, { scopes: ['READ', 'WRITE'] });
    expect((await importFile(app, writer.key, file)).counts.sessions).toEqual([1, 0, 0]);
  });

  it('that broke off goes on where it broke off', async () => {
    const id = randomUUID();
    await sql(`insert into imports (user_id, id, received_bytes) values ($1, $2, 10)`, userId, id);
    await sql(
      'insert into import_chunks (user_id, import_id, start, data) values ($1, $2, 0, $3)',
      userId,
      id,
      Buffer.from(file.slice(0, 10)),
    );
    const wrong = await upload(app, token, file, `?id=${id}`);
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toContain('must be 10: so many bytes have arrived');
    const response = await upload(app, token, file.slice(10), `?id=${id}&offset=10`);
    expect(response.status).toBe(202);
    const report = await finished(app, token, id);
    expect(report).toMatchObject({ state: 'COMPLETED', counts: { sessions: [1, 0, 0] } });
    // The same again is answered by what there is.
    expect(await (await upload(app, token, file, `?id=${id}`)).json()).toMatchObject({
      id,
      state: 'COMPLETED',
    });
    expect(await sql('select from import_chunks where user_id = $1', userId)).toEqual([]);
  });

  it('has a limit, told or not', async () => {
    expect((await upload(app, token, file, '?offset=5000000')).status).toBe(413);
    const large = `[${' '.repeat(5_000_000)}]`;
    const stream = new Blob([large]).stream();
    const response = await fetch(`${app.url}/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: stream,
      duplex: 'half',
    }).catch((error: unknown) => error);
    if (response instanceof Response) expect(response.status).toBe(413);
    expect((await run('{ imports { state receivedBytes } }'))[0]).toMatchObject({ state: 'UPLOADING' });
  });

  it.each(['?format=exe', '?dryRun=maybe', '?offset=-1', '?id=1'])(
    'hears what is wrong with %s',
    async (query) => {
      const response = await upload(app, token, file, query);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    },
  );

  it('can be cancelled, and three are enough', async () => {
    for (let n = 0; n < 3; n++) {
      await sql(`insert into imports (user_id, id) values ($1, $2)`, userId, randomUUID());
    }
    expect((await upload(app, token, file)).status).toBe(409);
    const [{ id }] = await run('{ imports { id } }');
    const cancel = 'mutation ($id: UUID!) { cancelImport(id: $id) { state } }';
    expect(await run(cancel, { id })).toEqual({ state: 'CANCELLED' });
    expect((await importFile(app, token, file)).state).toBe('COMPLETED');
    const { token: stranger } = await app.register();
    const { body } = await app.graphql(cancel, { id }, stranger);
    expect(body.errors![0]!.extensions.code).toBe('NOT_FOUND');
  });
});
