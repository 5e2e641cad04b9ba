import { Attempts } from '../../src/limits/attempts.service.js';
import { RateLimitedError } from '../../src/common/errors.js';
import { loadConfig } from '../../src/config/config.js';
import { LimitsService } from '../../src/limits/limits.service.js';

const address = (index: number) => `198.51.${index >> 8}.${index & 255}`;

describe('attempts at one account from many addresses', () => {
  it('are limited together, whoever else signs in meanwhile', async () => {
    const attempts = new Attempts(new LimitsService(loadConfig({})));
    for (let index = 0; index < 100; index++) {
      await attempts.take('login', address(index), 'ada@example.org');
    }
    const refused = attempts.take('login', address(100), 'ada@example.org');
    await expect(refused).rejects.toBeInstanceOf(RateLimitedError);
    await attempts.take('login', address(100), 'grace@example.org');
  });

  it('count failures only', async () => {
    const attempts = new Attempts(new LimitsService(loadConfig({})));
    for (let index = 0; index < 150; index++) {
      await attempts.take('login', address(index), 'ada@example.org');
      await attempts.giveBack('login', address(index), 'ada@example.org');
    }
  });

  it('are not used up by one address', async () => {
    const attempts = new Attempts(new LimitsService(loadConfig({})));
    const tries = Array.from({ length: 99 }, () => attempts.take('login', address(0), 'ada@example.org'));
    const results = await Promise.allSettled(tries);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (let index = 1; index <= 90; index++) {
      await attempts.take('login', address(index), 'ada@example.org');
    }
  });
});
