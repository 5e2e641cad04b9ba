import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { getIntrospectionQuery } from 'graphql';
import pg from 'pg';
import { startApp, type Answer, type TestApp } from '../support/app.js';

const PRODUCTION = { NODE_ENV: 'production', RECOLLECT_SECRET: 'a secret for the tests of 32 chars' };

async function send(server: TestApp, init: RequestInit, path = '/graphql'): Promise<Answer> {
  const response = await fetch(server.url + path, init);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

describe('HTTP', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await startApp();
  });
  afterAll(() => server.close());

  test('a form or a link of another site cannot call', async () => {
    const body = JSON.stringify({ query: '{ __typename }' });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const answer = await send(server, { method: 'POST', headers: { 'content-type': type }, body });
      expect(answer).toMatchObject({
        status: 400,
        body: {
          errors: [{ message: expect.stringContaining('CSRF'), extensions: { code: 'BAD_USER_INPUT' } }],
        },
      });
    }
    expect((await send(server, {}, '/graphql?query=%7B__typename%7D')).status).toBe(400);
  });

  test('a query may be a GET, a mutation may not', async () => {
    const init = { headers: { 'apollo-require-preflight': 'true' } };
    expect(await send(server, init, '/graphql?query=%7B__typename%7D')).toEqual({
      status: 200,
      body: { data: { __typename: 'Query' } },
    });
    const query = encodeURIComponent('mutation { logout }');
    expect((await send(server, init, `/graphql?query=${query}`)).status).toBe(405);
  });

  test.each([
    ['no JSON', '{', 400],
    ['no object', '7', 400],
    ['nothing', '', 400],
    ['no query', '{"variables":{}}', 400],
    ['a query that is no text', '{"query":7}', 400],
    ['variables that are no object', '{"query":"{__typename}","variables":[]}', 400],
    ['a stored query', '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}', 200],
  ])('%s is refused in the shape of GraphQL', async (_, body, status) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await send(server, { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  test('another type of content is refused in the shape of GraphQL', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/xml' }, body: '<a/>' };
    expect(await send(server, init)).toMatchObject({
      status: 415,
      body: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    });
  });

  test.each([
    ['*/*', 200, 'application/json'],
    ['application/json', 200, 'application/json'],
    ['application/graphql-response+json', 200, 'application/graphql-response+json'],
    ['application/json;q=0.5, application/graphql-response+json', 200, 'application/graphql-response+json'],
    ['text/html', 406, 'application/json'],
  ])('who accepts %s is answered %i in %s, each time', async (accept, status, type) => {
    const headers = { 'content-type': 'application/json', accept };
    for (const query of ['{ nope }', '{ __typename }', '{ __typename }']) {
      const body = JSON.stringify({ query });
      const answer = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
      expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
      if (query !== '{ nope }') expect(answer.status).toBe(status);
    }
  });

  test('a path that is not there is NOT_FOUND', async () => {
    expect(await send(server, {}, '/nowhere')).toMatchObject({
      status: 404,
      body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] },
    });
  });

  test('a wrong variable is named by its path', async () => {
    const { token } = await server.register();
    const query =
      'query ($id: UUID!, $first: Int) { session(id: $id) { interactions(first: $first) { edges { cursor } } } }';
    const { status, body } = await server.graphql(query, { id: 'x', first: 1.5 }, token);
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      {
        message: expect.any(String),
        extensions: {
          code: 'BAD_USER_INPUT',
          fields: {
            id: [expect.stringContaining('UUID must')],
            first: [expect.stringContaining('Int cannot')],
          },
        },
      },
    ]);
  });

  test('each operation is told of with its name and error codes', async () => {
    const events: unknown[] = [];
    const listener = (event: unknown) => void events.push(event);
    subscribe('recollect:operation', listener);
    await server.graphql('query Any { me { id } }');
    await server.graphql('{ __typename a: __typename }');
    await server.graphql('{ nope }');
    unsubscribe('recollect:operation', listener);
    const milliseconds = expect.any(Number);
    expect(events).toEqual([
      { name: 'me', milliseconds, errorCodes: ['UNAUTHENTICATED'] },
      { name: 'several', milliseconds, errorCodes: [] },
      { name: 'invalid', milliseconds, errorCodes: ['BAD_USER_INPUT'] },
    ]);
  });

  test('a failure of our own is masked and carries an id', async () => {
    const broken = await startApp();
    const { token } = await broken.register();
    const client = new pg.Client(broken.databaseUrl);
    await client.connect();
    await client.query('alter view session_model rename to broken_view');
    await client.end();
    const query = 'query ($id: UUID!) { session(id: $id) { id } }';
    const { status, body } = await broken.graphql(query, { id: randomUUID() }, token);
    await broken.close();
    expect(status).toBe(200);
    const [error] = body.errors!;
    expect(error!.extensions).toEqual({
      code: 'INTERNAL_SERVER_ERROR',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(error!.message).toContain(error!.extensions['id']);
    expect(JSON.stringify(body)).not.toMatch(/session_model|relation|stack|\.ts/);
  });

  describe('in production', () => {
    let production: TestApp;
    beforeAll(async () => {
      production = await startApp(PRODUCTION);
    });
    afterAll(() => production.close());

    test('the schema is not told, nor guessed at', async () => {
      for (const query of [getIntrospectionQuery(), '{ __type(name: "Query") { name } }']) {
        const { status, body } = await production.graphql(query);
        expect(status).toBe(400);
        expect(body.errors![0]!.message).toContain('introspection has been disabled');
      }
      const { body } = await production.graphql('{ sesion { id } }');
      expect(body.errors![0]!.message).toBe('Cannot query field "sesion" on type "Query".');
      const register = 'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }';
      const answer = await production.graphql(register, { input: { emial: 'x' } });
      expect(JSON.stringify(answer.body)).not.toContain('Did you mean');
    });

    test('GraphiQL is not served', async () => {
      expect((await fetch(`${production.url}/graphiql`)).status).toBe(404);
      expect((await fetch(`${production.url}/graphiql/`)).status).toBe(404);
    });
  });

  test('in production both can be asked for', async () => {
    const open = await startApp({ ...PRODUCTION, INTROSPECTION: 'true', GRAPHIQL: 'true' });
    expect((await open.graphql('{ __schema { queryType { name } } }')).status).toBe(200);
    const page = await fetch(`${open.url}/graphiql`);
    const text = await page.text();
    await open.close();
    if (!existsSync('dist/graphiql/index.html')) {
      expect([page.status, text]).toEqual([404, 'GraphiQL is not built: run `npm run build`.\n']);
      return;
    }
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(text).not.toMatch(/https?:\/\//);
  });
});
