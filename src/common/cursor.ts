import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { deriveKey, SECRET } from '../config/secret.js';
import { BadUserInputError } from './errors.js';

/** Where a page begins: the values of the columns that its order is made of. */
type Position = (string | number)[];

const MAC_BYTES = 8;
const MAX_LENGTH = 1024;

/**
 * Opaque cursors. Each is signed for one kind of list and one user, so it is either one that we gave out for
 * exactly this list or it is refused: a position never comes from a client's imagination.
 */
@Injectable()
export class Cursors {
  private readonly key: Buffer;

  constructor(@Inject(SECRET) secret: Buffer) {
    this.key = deriveKey(secret, 'cursor');
  }

  encode(kind: string, userId: string, position: Position): string {
    const text = JSON.stringify(position);
    return Buffer.concat([this.mac(kind, userId, text), Buffer.from(text)]).toString('base64url');
  }

  /** The position in `cursor`; `path` names the argument that it came from. */
  decode(kind: string, userId: string, cursor: string, path: string): Position {
    const bytes = cursor.length <= MAX_LENGTH ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0);
    const text = bytes.toString('utf8', MAC_BYTES);
    // Decoding skips foreign characters and spare bits: only the one form that we write is ours.
    const canonical = bytes.length > MAC_BYTES && bytes.toString('base64url') === cursor;
    if (!canonical || !timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.mac(kind, userId, text))) {
      throw new BadUserInputError({ [path]: ['is not a cursor of this list'] });
    }
    return JSON.parse(text) as Position;
  }

  private mac(kind: string, userId: string, text: string): Buffer {
    const mac = createHmac('sha256', this.key).update(`${kind}\0${userId}\0${text}`);
    return mac.digest().subarray(0, MAC_BYTES);
  }
}
