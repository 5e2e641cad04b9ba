import { loadConfig } from '../../src/config/config.js';

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
      expect(() => loadConfig({ TRUST_PROXY: text })).toThrow(/TRUST_PROXY: must be a number of proxies, or/);
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
