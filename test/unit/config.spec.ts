import { environmentSchema, loadConfig } from '../../src/config/config.js';

describe('a variable that cannot be used', () => {
  it.each([
    ['PORT', 'many', 'must be a whole number from 0 to 65,535'],
    ['PORT', '65536', 'must be a whole number from 0 to 65,535'],
    ['ACCESS_TOKEN_SECONDS', '0.5', 'must be a whole number from 1 to 86,400'],
    ['LOCAL_ACCOUNTS', 'yes', 'must be true or false'],
    ['LOG_LEVEL', 'loud', 'must be fatal, error, warn, info, debug, or silent'],
    ['DATABASE_URL', 'mysql://x/y', 'must be a URL such as postgres://user:password@host:5432/database'],
    ['RECOLLECT_SECRET', 'short', 'must have at least 32 characters'],
    ['ADMIN_USERS', 'ada,grace', 'must be ids of users, comma-separated'],
  ])('%s=%s is told with what it should be', (name, value, reason) => {
    expect(() => loadConfig({ [name]: value })).toThrow(
      new Error(`The environment is not usable:\n  ${name} ${reason}`),
    );
  });

  it.each(Object.entries(environmentSchema.shape))('%s is told in words of ours', (_, schema) => {
    const values = ['x', '-1', '0.5', '1e99', 'x://y', ','];
    const issues = values.flatMap((value) => schema.safeParse(value).error?.issues ?? []);
    for (const { message } of issues) expect(message).toMatch(/^must /);
  });
});

describe('TRUST_PROXY', () => {
  it.each<[string | undefined, unknown]>([
    [undefined, 0],
    ['0', 0],
    ['2', 2],
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['127.0.0.1, fd00::/8', ['127.0.0.1', 'fd00::/8']],
  ])('takes %j', (text, value) => {
    expect(loadConfig({ TRUST_PROXY: text }).TRUST_PROXY).toEqual(value);
  });

  // With all of the internet trusted, the first entry would count: the one that a caller writes.
  it.each(['true', 'false', '-1', '1.5', '33', '0.0.0.0/0', '10.0.0.0/33', '10.0.0.0/8/8', '10/8', ','])(
    'refuses %j',
    (text) => {
      expect(() => loadConfig({ TRUST_PROXY: text })).toThrow(/TRUST_PROXY must be a number of proxies, or/);
    },
  );
});

describe('EMBEDDINGS_MODEL', () => {
  it('wants to know where it is', () => {
    expect(() => loadConfig({ EMBEDDINGS_MODEL: 'any' })).toThrow(/EMBEDDINGS_BASE_URL is required/);
    const there = { EMBEDDINGS_MODEL: 'any', EMBEDDINGS_BASE_URL: 'http://127.0.0.1:11434/v1' };
    expect(loadConfig(there)).toMatchObject(there);
  });
});
