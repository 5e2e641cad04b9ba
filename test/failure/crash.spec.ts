import { createDirectory } from '../support/database.js';
import { postmasterPid, storedInteractions } from './embedded.js';
import { freePort, register, startService, type Service } from './service.js';
import { Writers } from './writers.js';

const WRITERS = 6;

describe('under writers', () => {
  let directory: ReturnType<typeof createDirectory>;
  let environment: NodeJS.ProcessEnv;
  let service: Service;
  let writers: Writers;

  beforeEach(async () => {
    directory = createDirectory();
    environment = { DATA_DIR: directory.path, PORT: await freePort() };
    service = await startService(environment);
    const users = await Promise.all([register(service.url), register(service.url)]);
    const tokens = Array.from({ length: WRITERS }, (_, index) => users[index % users.length]!.token);
    writers = new Writers(service.url, tokens);
    await writers.progress(50);
  });

  afterEach(async () => {
    await service.end('SIGTERM');
    directory.remove();
  });

  async function expectNothingLostOrDoubled(): Promise<void> {
    await writers.progress(50);
    await writers.stop();
    const { ids, counted } = await storedInteractions(directory.path);
    expect(writers.failures).toBeGreaterThan(0);
    expect(ids.sort()).toEqual(writers.acknowledged.sort());
    expect(counted).toBe(ids.length);
  }

  it('kill -9 of the service loses and doubles nothing; the next one adopts its PostgreSQL', async () => {
    const postmaster = postmasterPid(directory.path);
    for (let round = 0; round < 2; round++) {
      await service.end('SIGKILL');
      service = await startService(environment);
      await writers.progress(20);
    }
    expect(postmasterPid(directory.path)).toBe(postmaster);
    await expectNothingLostOrDoubled();
  });

  it('kill -9 of PostgreSQL loses and doubles nothing; it is started again', async () => {
    for (let round = 0; round < 2; round++) {
      process.kill(postmasterPid(directory.path)!, 'SIGKILL');
      await writers.progress(20);
    }
    await expectNothingLostOrDoubled();
  });

  it('kill -9 of both loses and doubles nothing', async () => {
    const postmaster = postmasterPid(directory.path)!;
    await service.end('SIGKILL');
    process.kill(postmaster, 'SIGKILL');
    service = await startService(environment);
    await expectNothingLostOrDoubled();
  });
});
