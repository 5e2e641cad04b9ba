import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Config } from '../config/config.js';
import { spool, type BackupStore, type Written } from './backup-store.js';

type S3Config = Pick<
  Config,
  | 'BACKUP_S3_BUCKET'
  | 'BACKUP_S3_ENDPOINT'
  | 'BACKUP_S3_REGION'
  | 'BACKUP_S3_PREFIX'
  | 'BACKUP_S3_ACCESS_KEY_ID'
  | 'BACKUP_S3_SECRET_ACCESS_KEY'
>;

/** What fails is thrown; the library would print it past the logger too. */
const ignore = () => {};
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

const CONNECT_MS = 5_000;
/** Without a byte for so long, a request has failed. */
const SILENCE_MS = 60_000;

/**
 * A bucket of Amazon S3 or of what speaks like it. A file is written to the local disk first: its size and digest are
 * known when it is sent, so that one request stores it whole or not at all.
 */
export class S3Store implements BackupStore {
  private client: S3Client | undefined;

  constructor(private readonly config: S3Config) {}

  async write(file: string, content: Readable, signal: AbortSignal): Promise<Written> {
    const { PutObjectCommand } = await library();
    const directory = await mkdtemp(join(tmpdir(), 'recollect-backup-'));
    try {
      const path = join(directory, 'file');
      const written = await spool(content, path, signal);
      const client = await this.connect();
      const body = createReadStream(path);
      const put = new PutObjectCommand({
        ...this.place(file),
        Body: body,
        ContentLength: written.bytes,
        ChecksumSHA256: Buffer.from(written.sha256, 'hex').toString('base64'),
      });
      await client.send(put, { abortSignal: signal }).finally(() => body.destroy());
      return written;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async read(file: string): Promise<Readable> {
    const { GetObjectCommand } = await library();
    const client = await this.connect();
    const { Body } = await client.send(new GetObjectCommand(this.place(file)));
    return Body as Readable;
  }

  async erase(file: string): Promise<void> {
    const { DeleteObjectCommand } = await library();
    const client = await this.connect();
    await client.send(new DeleteObjectCommand(this.place(file)));
  }

  private place(file: string) {
    return { Bucket: this.config.BACKUP_S3_BUCKET, Key: `${this.config.BACKUP_S3_PREFIX}${file}` };
  }

  private async connect(): Promise<S3Client> {
    if (this.client) return this.client;
    const { S3Client } = await library();
    const { BACKUP_S3_ENDPOINT: endpoint, BACKUP_S3_REGION: region } = this.config;
    const accessKeyId = this.config.BACKUP_S3_ACCESS_KEY_ID;
    const secretAccessKey = this.config.BACKUP_S3_SECRET_ACCESS_KEY;
    this.client = new S3Client({
      region,
      // Else as AWS's own tools find them: the environment, a role of the machine.
      ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
      // Buckets of other makers have no host names of their own.
      ...(endpoint && { endpoint, forcePathStyle: true }),
      logger: SILENT,
      // Older stores of other makers do not know the checksums that Amazon's has by default.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: SILENCE_MS,
        throwOnRequestTimeout: true,
      },
    });
    return this.client;
  }
}

/** Loaded at first use: it takes a quarter of a second, and most servers have no bucket. */
const library = () => import('@aws-sdk/client-s3');
