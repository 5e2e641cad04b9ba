import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makeDirectory } from '../common/directories.js';

/** What was written. */
export interface Written {
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

/** Where backups are kept, by name, such as `<user>/<backup>.json.gz`. */
export interface BackupStore {
  /** All of it or nothing: a file that is not whole is never there by its name. */
  write(file: string, content: Readable, signal: AbortSignal): Promise<Written>;
  read(file: string): Promise<Readable>;
  /** No failure when it is gone already. */
  erase(file: string): Promise<void>;
}

/** A directory of this machine, or of the network. */
export class DirectoryStore implements BackupStore {
  constructor(private readonly directory: string) {}

  async write(file: string, content: Readable, signal: AbortSignal): Promise<Written> {
    const path = join(this.directory, file);
    makeDirectory(dirname(path), 0o700);
    const written = await spool(content, partOf(path), signal);
    await rename(partOf(path), path);
    await sync(dirname(path)); // the name is as durable as the bytes
    return written;
  }

  async read(file: string): Promise<Readable> {
    const handle = await open(join(this.directory, file));
    return handle.createReadStream();
  }

  async erase(file: string): Promise<void> {
    const path = join(this.directory, file);
    await Promise.all([path, partOf(path)].map((one) => rm(one, { force: true })));
  }
}

const partOf = (path: string): string => `${path}.part`;

/** Writes a stream to a file, durably, and says what was written. */
export async function spool(content: Readable, path: string, signal: AbortSignal): Promise<Written> {
  const hash = createHash('sha256');
  const meter = metered(hash);
  await pipeline(content, meter, createWriteStream(path, { mode: 0o600, flush: true }), { signal });
  return { bytes: meter.bytes, sha256: hash.digest('hex') };
}

function metered(hash: Hash): Transform & { bytes: number } {
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      meter.bytes += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  }) as Transform & { bytes: number };
  meter.bytes = 0;
  return meter;
}

async function sync(directory: string): Promise<void> {
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
