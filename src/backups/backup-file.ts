import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The content of a file: the text, compressed, and encrypted if there is a key: nonce, ciphertext, tag. */
export function packed(text: AsyncIterable<string>, key: Buffer | null): Readable {
  const compressed = joined(Readable.from(text, { objectMode: false, encoding: 'utf8' }), createGzip());
  return key ? Readable.from(encrypted(compressed, key), { objectMode: false }) : compressed;
}

async function* encrypted(content: Readable, key: Buffer): AsyncGenerator<Buffer> {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv);
  yield iv;
  for await (const chunk of content) yield cipher.update(chunk as Buffer);
  yield cipher.final();
  yield cipher.getAuthTag();
}

/** The text of a file, which it closes. Fails while it is read when the key is not the one it was encrypted with. */
export async function unpacked(file: FileHandle, key: Buffer | null): Promise<Readable> {
  if (!key) return joined(file.createReadStream(), createGunzip());
  const { size } = await file.stat();
  const iv = Buffer.alloc(IV_BYTES);
  const tag = Buffer.alloc(TAG_BYTES);
  await file.read(iv, 0, IV_BYTES, 0);
  await file.read(tag, 0, TAG_BYTES, size - TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, key, iv).setAuthTag(tag);
  const ciphertext = file.createReadStream({ start: IV_BYTES, end: size - TAG_BYTES - 1 });
  return joined(joined(ciphertext, decipher), createGunzip());
}

/** Who reads the result meets the errors of both. */
function joined(source: Readable, transform: Transform): Readable {
  return pipeline(source, transform, () => {});
}
