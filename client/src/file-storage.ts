import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Storage } from './storage.js';

/** A directory of Node.js, one file a key, readable by its owner alone. One process at a time. */
export class FileStorage implements Storage {
  constructor(private readonly directory: string) {}

  async get(key: string): Promise<string | null> {
    return readFile(this.path(key), 'utf8').catch(absent(null));
  }

  /** Written beside it, synced and renamed: a crash leaves the old value or the new one. */
  async set(key: string, value: string): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const temporary = `${this.path(key)}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(value);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.path(key));
  }

  async remove(key: string): Promise<void> {
    await rm(this.path(key), { force: true });
  }

  async keys(prefix: string): Promise<string[]> {
    const names = await readdir(this.directory).catch(absent<string[]>([]));
    return names
      .filter((name) => !name.endsWith('.new'))
      .map(decodeURIComponent)
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  private path(key: string): string {
    return join(this.directory, encodeURIComponent(key));
  }
}

function absent<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}
