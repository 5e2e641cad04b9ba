import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readOrCreate } from '../../src/config/secret.js';
import { createDirectory } from '../support/database.js';

describe('a secret file', () => {
  let directory: ReturnType<typeof createDirectory>;
  let path: string;

  beforeEach(() => {
    directory = createDirectory();
    path = join(directory.path, 'secret');
  });
  afterEach(() => directory.remove());

  it('is made once, for its owner only', () => {
    const secret = readOrCreate(path);
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readOrCreate(path)).toBe(secret);
    expect(readdirSync(directory.path)).toEqual(['secret']);
  });

  it.each(['', 'cut off', 'x'.repeat(31)])('is refused when it holds too little (%j)', (text) => {
    writeFileSync(path, text);
    expect(() => readOrCreate(path)).toThrow(/secret holds fewer than 32 characters: .+\.$/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('does not come to be when it cannot be written to its end', () => {
    const module = pathToFileURL(join(process.env.TEST_BUILD!, 'src/config/secret.js')).href;
    const script = `import { readOrCreate } from '${module}'; readOrCreate(process.argv[1]);`;
    // A limit of 0 for the size of files stands for a full disk.
    const { status } = spawnSync(
      'sh',
      ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script, path],
      { stdio: 'ignore' },
    );
    expect(status).not.toBe(0);
    expect(existsSync(path)).toBe(false);
    expect(readOrCreate(path)).toHaveLength(43);
  });
});
