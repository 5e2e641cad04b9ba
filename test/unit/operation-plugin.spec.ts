import { ApolloServer, HeaderMap } from '@apollo/server';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { buildSchema, GraphQLError, type ExecutionResult } from 'graphql';
import { NotFoundError } from '../../src/common/errors.js';
import { maskError } from '../../src/graphql/error-mask.js';
import { operationPlugin } from '../../src/graphql/operation.plugin.js';

const SECRET = 'my secret prompt';
const MASKED = { code: 'INTERNAL_SERVER_ERROR', id: expect.any(String) };

beforeEach(() => jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

async function answerTo(run: () => ExecutionResult | Promise<ExecutionResult>, accept?: string) {
  const server = new ApolloServer({
    schema: buildSchema('type Query { a: Int }'),
    formatError: (_, error) => maskError(error),
    plugins: [operationPlugin(run)],
  });
  await server.start();
  const headers = new HeaderMap([['content-type', 'application/json']]);
  if (accept) headers.set('accept', accept);
  const { status, body } = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: 'POST', headers, body: { query: '{ a }' }, search: '' },
    context: () => Promise.resolve({ viewer: null, remoteAddress: '', loaders: new Map() }),
  });
  await server.stop();
  if (body.kind !== 'complete') throw new Error('The answer is not complete.');
  return { status: status ?? 200, text: body.string, body: JSON.parse(body.string) as unknown };
}

test('a result passes as it is', async () => {
  expect(await answerTo(() => ({ data: { a: 1 } }))).toMatchObject({ status: 200, body: { data: { a: 1 } } });
});

test.each([
  [
    'thrown',
    () => {
      throw new Error(SECRET);
    },
  ],
  ['rejected', () => Promise.reject(new Error(SECRET))],
])('what is %s instead of a result is masked', async (_, run) => {
  const { status, text, body } = await answerTo(run);
  expect(status).toBe(500);
  expect(text).not.toContain(SECRET);
  expect(body).toEqual({ errors: [{ message: expect.any(String), extensions: MASKED }] });
});

test('errors beside data are masked each by itself', async () => {
  const errors = [
    new GraphQLError(SECRET, { path: ['a'], originalError: new Error(SECRET) }),
    new GraphQLError('', { path: ['a'], originalError: new NotFoundError('Thing') }),
  ];
  const { status, text, body } = await answerTo(() => ({ data: { a: null }, errors }));
  expect(status).toBe(200);
  expect(text).not.toContain(SECRET);
  expect(body).toEqual({
    data: { a: null },
    errors: [
      { message: expect.any(String), path: ['a'], extensions: MASKED },
      { message: 'Thing not found.', path: ['a'], extensions: { code: 'NOT_FOUND' } },
    ],
  });
});

test.each([
  [undefined, 400],
  ['application/graphql-response+json', 400],
  ['application/json', 200],
  ['application/graphql-response+json, application/json;q=0.9', 400],
])('a refusal, to one who accepts %p, is a %i', async (accept, status) => {
  const answer = await answerTo(() => ({ errors: [new GraphQLError('No.')] }), accept);
  expect(answer).toMatchObject({
    status,
    body: { errors: [{ message: 'No.', extensions: { code: 'BAD_USER_INPUT' } }] },
  });
});
