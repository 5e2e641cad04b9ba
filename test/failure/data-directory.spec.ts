import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createDirectory } from '../support/database.js';

const SCRIPT = `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const [module, directory, gate] = process.argv.slice(1);
  const pass = () => { while (gate && !fs.existsSync(gate)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); };
  for (const name of ['linkSync', 'renameSync']) {
    const original = fs[name];
    fs[name] = (...args) => {
      if (gate) fs.writeFileSync(gate + '.reached', '');
      pass();
      return original(...args);
    };
  }
  syncBuiltinESMExports();
  const { DataDirectory } = await import(module);
  try {
    await new DataDirectory(directory).acquire();
    fs.writeSync(1, 'has it');
    setInterval(() => {}, 1000);
  } catch (error) {
    fs.writeSync(1, error.message);
  }
`;

describe('the lock of a data directory', () => {
  let directory: ReturnType<typeof createDirectory>;
  let children: ChildProcess[];

  beforeEach(() => {
    directory = createDirectory();
    children = [];
  });

  afterEach(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    directory.remove();
  });

  /** What a process says that takes the lock; with a gate, it stops there before its claim gets its name. */
  async function take(gate = ''): Promise<string> {
    const module = pathToFileURL(join(process.env.TEST_BUILD!, 'src/database/data-directory.js')).href;
    const args = ['--input-type=module', '-e', SCRIPT, module, directory.path, gate];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return said.toString();
  }

  it('goes to one, however long another hesitates that found it free', async () => {
    const gate = join(directory.path, 'gate');
    const hesitant = take(gate);
    while (!existsSync(`${gate}.reached`)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await take()).toBe('has it');
    writeFileSync(gate, '');
    expect(await hesitant).toMatch(/^Another Recollect/);
  });

  it.each([
    ['was killed', ['recollect.lock']],
    ['was killed while it took over from another', ['recollect.lock', 'recollect.lock.removal']],
  ])('goes to one of many when its holder %s', async (_, files) => {
    for (const file of files) writeFileSync(join(directory.path, file), '999999999 1\n');
    const gate = join(directory.path, 'gate');
    const answers = Array.from({ length: 5 }, () => take(gate));
    writeFileSync(gate, '');
    const said = await Promise.all(answers);
    expect(said.filter((text) => text === 'has it')).toHaveLength(1);
    expect(said.filter((text) => text.startsWith('Another Recollect'))).toHaveLength(4);
    expect(readdirSync(directory.path).filter((name) => name.startsWith('recollect'))).toEqual([
      'recollect.lock',
    ]);
  });
});
