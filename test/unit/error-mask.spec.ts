import { HttpException, Logger } from '@nestjs/common';
import { GraphQLError, parse } from 'graphql';
import { jest } from '@jest/globals';
import {
  BadUserInputError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  PayloadTooLargeError,
  RateLimitedError,
  UnauthenticatedError,
  UnavailableError,
} from '../../src/common/errors.js';
import { maskError } from '../../src/graphql/error-mask.js';

const SECRET = 'my secret prompt';

function located(originalError: Error): GraphQLError {
  return new GraphQLError(originalError.message, { path: ['session', 'title'], originalError });
}

let logged: unknown[];
beforeEach(() => {
  logged = [];
  jest.spyOn(Logger.prototype, 'error').mockImplementation((message: unknown) => void logged.push(message));
});
afterEach(() => jest.restoreAllMocks());

test.each([
  [new BadUserInputError({ first: ['is too large'] }), 'BAD_USER_INPUT'],
  [new UnauthenticatedError(), 'UNAUTHENTICATED'],
  [new ForbiddenError('No.'), 'FORBIDDEN'],
  [new NotFoundError('Session'), 'NOT_FOUND'],
  [new ConflictError('Two.'), 'CONFLICT'],
  [new RateLimitedError('Too many attempts', 7), 'RATE_LIMITED'],
  [new PayloadTooLargeError('Much.'), 'PAYLOAD_TOO_LARGE'],
  [new UnavailableError(), 'UNAVAILABLE'],
])('%p passes as it is and is not logged', (error, code) => {
  const { message, path, extensions } = maskError(located(error));
  expect(message).toBe(error.message);
  expect(path).toEqual(['session', 'title']);
  expect(extensions).toEqual({ ...error.extensions, code });
  expect(logged).toEqual([]);
});

test.each([
  [new Error(SECRET.toUpperCase()), 'Error'],
  [
    Object.assign(new Error(`invalid input syntax for type uuid: "${SECRET}"`), {
      severity: 'ERROR',
      code: '22P02',
      detail: SECRET,
    }),
    'Error',
  ],
  [new SyntaxError(`Unexpected token 'm', "${SECRET}" is not valid JSON`), 'SyntaxError'],
])('%p is masked, and logged under the id without what users wrote', (error, type) => {
  const { message, extensions } = maskError(located(error));
  expect(extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(message).toContain(extensions!['id']);
  expect(message).not.toContain(error.message);
  expect(logged).toMatchObject([{ errorId: extensions!['id'], path: 'session.title', error: { type } }]);
  expect(JSON.stringify(logged)).not.toContain(SECRET);
  expect(JSON.stringify(logged)).toContain('error-mask.spec');
});

test('what graphql-js says of our own data is masked', () => {
  const error = new GraphQLError(`Int cannot represent non-integer value: "${SECRET}"`, { path: ['a'] });
  expect(maskError(error).extensions!['code']).toBe('INTERNAL_SERVER_ERROR');
  expect(JSON.stringify(logged)).not.toContain(SECRET);
});

test('what is thrown without being an Error is masked', () => {
  for (const thrown of ['text', undefined, null, 7, {}]) {
    expect(maskError(thrown).extensions!['code']).toBe('INTERNAL_SERVER_ERROR');
  }
});

test('bad syntax is the caller’s doing', () => {
  let error: unknown;
  try {
    parse('{');
  } catch (thrown) {
    error = thrown;
  }
  expect(maskError(error)).toMatchObject({
    message: expect.stringContaining('Syntax Error'),
    locations: [{ line: 1, column: 2 }],
    extensions: { code: 'BAD_USER_INPUT' },
  });
});

test.each([
  [400, 'BAD_USER_INPUT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [413, 'PAYLOAD_TOO_LARGE'],
  [503, 'UNAVAILABLE'],
  [500, 'INTERNAL_SERVER_ERROR'],
  [418, 'INTERNAL_SERVER_ERROR'],
])('Nest’s status %p becomes %s', (status, code) => {
  expect(maskError(located(new HttpException('Text', status))).extensions!['code']).toBe(code);
});
