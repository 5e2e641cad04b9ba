import { getIntrospectionQuery } from 'graphql';
import { MAX_COST, MAX_FIELDS } from '../../src/graphql/cost.js';
import { MAX_ALIASES, MAX_DEPTH, MAX_DIRECTIVES, MAX_TOKENS } from '../../src/graphql/operation-policy.js';
import { startApp, type Answer, type TestApp } from '../support/app.js';

describe('limits', () => {
  let server: TestApp;
  let token: string;

  beforeAll(async () => {
    server = await startApp({ MAX_BODY_BYTES: '100000' });
    ({ token } = await server.register());
  });
  afterAll(() => server.close());

  function refused({ status, body }: Answer, message: RegExp): void {
    expect(body.errors?.map((error) => error.message)).toContainEqual(expect.stringMatching(message));
    expect(body.errors?.map((error) => error.extensions)).toContainEqual({ code: 'BAD_USER_INPUT' });
    expect(body).not.toHaveProperty('data');
    expect(status).toBe(400);
  }

  /** `depth` levels of fields. */
  function nested(depth: number): string {
    const levels = ['sessions', 'edges', 'node', 'interactions', 'edges', 'node'];
    let query = '__typename';
    for (let level = depth - 2; level >= 0; level--) query = `${levels[level % 6]} { ${query} }`;
    return `{ ${query} }`;
  }

  test('the query that clients read the schema with passes', async () => {
    const { status, body } = await server.graphql(getIntrospectionQuery());
    expect(body.errors).toBeUndefined();
    expect(status).toBe(200);
  });

  test('depth', async () => {
    refused(await server.graphql(nested(MAX_DEPTH + 6)), /depth limit of 12 exceeded/);
  });

  test('aliases, of __typename too', async () => {
    const aliases = (count: number) =>
      `{ ${Array.from({ length: count }, (_, index) => `a${index}: __typename`).join(' ')} }`;
    expect((await server.graphql(aliases(MAX_ALIASES))).status).toBe(200);
    refused(await server.graphql(aliases(MAX_ALIASES + 1)), /Aliases limit of 30 exceeded/);
  });

  test('directives', async () => {
    const directives = (count: number) => `{ ${'... @include(if: true) { __typename } '.repeat(count)} }`;
    expect((await server.graphql(directives(MAX_DIRECTIVES))).status).toBe(200);
    refused(await server.graphql(directives(MAX_DIRECTIVES + 1)), /Directives limit of 9 exceeded/);
    refused(await server.graphql('{ __typename @a@b@c@d@e@f@g@h@i@j }'), /Directives limit of 9 exceeded/);
  });

  test('tokens', async () => {
    refused(await server.graphql(`{ ${'a '.repeat(MAX_TOKENS)} }`), /more that 2000 tokens/);
  });

  test('brackets within each other, which exhaust the stack before the tokens are counted', async () => {
    refused(await server.graphql(`{ me(a: ${'['.repeat(50_000)}) }`), /nested too deeply/);
  });

  test('fields, written or spread', async () => {
    refused(await server.graphql(`{ ${'__typename '.repeat(MAX_FIELDS + 1)} }`), /selects 401 fields/);
    const chain = Array.from(
      { length: 26 },
      (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
    );
    const query = `{ ...F0 } ${chain.join(' ')} fragment F26 on Query { __typename }`;
    refused(await server.graphql(query), /selects 67108864 fields/);
  });

  test('cost, with sizes in the text and in variables', async () => {
    const query = (
      size: string,
    ) => `{ sessions(first: ${size}) { edges { node { interactions(first: ${size}) {
      edges { node { id question answer status error rating occurredAt } } } } } } }`;
    refused(await server.graphql(query('100'), {}, token), new RegExp(`at most ${MAX_COST} are allowed`));
    const parametric = query('$size').replace('{', 'query ($size: Int) {');
    refused(await server.graphql(parametric, { size: 100 }, token), /could hold \d+ fields/);
    expect((await server.graphql(parametric, { size: 10 }, token)).body.errors).toBeUndefined();
  });

  test('fragments in a circle', async () => {
    const query = '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }';
    refused(await server.graphql(query), /Cannot spread fragment "A" within itself/);
  });

  test('introspection in a circle', async () => {
    const circle =
      '{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }';
    refused(await server.graphql(circle), /Maximum introspection depth exceeded/);
  });

  test('no batches', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  test('no subscriptions', async () => {
    refused(await server.graphql('subscription { changes { revision } }', {}, token), /over WebSocket/);
  });

  test('the size of a body', async () => {
    const { status, body } = await server.graphql(`{ __typename } # ${'x'.repeat(100_000)}`);
    expect(status).toBe(413);
    expect(body.errors).toEqual([{ message: expect.any(String), extensions: { code: 'PAYLOAD_TOO_LARGE' } }]);
  });
});
