import { Inject, Injectable } from '@nestjs/common';
import { BadUserInputError, ConflictError, NotFoundError, PayloadTooLargeError } from '../common/errors.js';
import { uuidv7 } from '../common/uuid.js';
import { CONFIG, type Config } from '../config/config.js';
import { Commands } from '../database/commands.js';
import type { LiveStream } from '../live/live-stream.js';
import { ProgressService } from '../progress/progress.service.js';
import { TransferState } from '../progress/transfer-state.model.js';
import { ImportRuns } from './import-runs.js';
import type { UploadInput } from './import.input.js';
import type { Import, ImportCount } from './import.model.js';
import { ImportRepository, type ImportRow } from './import.repository.js';

/** Of one user, uploads and runs together. */
const MOST_OPEN = 3;
const CHUNK_BYTES = 256 * 1024;

@Injectable()
export class ImportService {
  constructor(
    private readonly repository: ImportRepository,
    private readonly runs: ImportRuns,
    private readonly progress: ProgressService,
    private readonly commands: Commands,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async get(userId: string, id: string): Promise<Import> {
    const row = await this.repository.byId(userId, id);
    if (!row) throw new NotFoundError('Import');
    return modelOf(row);
  }

  async newest(userId: string, limit: number): Promise<Import[]> {
    return (await this.repository.newest(userId, limit)).map(modelOf);
  }

  async watch(userId: string, id: string): Promise<LiveStream<Import>> {
    await this.get(userId, id);
    return this.progress.watch(userId, 'importProgressed', id, async () => {
      const row = await this.repository.byId(userId, id);
      return row && modelOf(row);
    });
  }

  /** What it has made stays. */
  async cancel(userId: string, id: string): Promise<Import> {
    await this.commands.run({ kind: 'endImport', userId, id, state: TransferState.CANCELLED, wakes: true });
    return this.get(userId, id);
  }

  /**
   * Takes a file, or the rest of one whose upload broke off, and begins to import it when it is whole. What has arrived of
   * a body that breaks off is kept. An import that is there already, and whole, stays as it is.
   */
  async upload(
    userId: string,
    input: UploadInput,
    body: AsyncIterable<Buffer>,
    length: number,
  ): Promise<Import> {
    const id = input.id ?? uuidv7();
    const { format = null, dryRun, offset } = input;
    this.demandSize(offset + length);
    if (!(await this.repository.begin(userId, { id, format, dryRun, most: MOST_OPEN }))) {
      const known = await this.repository.byId(userId, id);
      if (!known)
        throw new ConflictError(`${MOST_OPEN} imports are under way: wait for them, or cancel one.`);
      if (known.state !== TransferState.UPLOADING) return modelOf(known);
      if (known.receivedBytes !== offset) throw wrongOffset(known.receivedBytes);
    } else if (offset > 0) throw wrongOffset(0);
    await this.receive(userId, id, offset, body);
    await this.repository.uploaded(userId, id);
    this.runs.look();
    return this.get(userId, id);
  }

  private async receive(
    userId: string,
    id: string,
    offset: number,
    body: AsyncIterable<Buffer>,
  ): Promise<void> {
    let start = offset;
    let waiting: Buffer[] = [];
    let size = 0;
    const store = async () => {
      const data = Buffer.concat(waiting);
      if (data.length > 0 && !(await this.repository.addChunk(userId, id, start, data))) {
        throw new ConflictError(
          'The file is being uploaded by another request, or its import was cancelled.',
        );
      }
      start += data.length;
      waiting = [];
      size = 0;
    };
    try {
      for await (const piece of body) {
        waiting.push(piece);
        size += piece.length;
        this.demandSize(start + size);
        if (size >= CHUNK_BYTES) await store();
      }
    } catch (error) {
      await store(); // the upload can go on behind it
      throw error;
    }
    await store();
  }

  private demandSize(bytes: number): void {
    const most = this.config.MAX_IMPORT_BYTES;
    if (bytes > most) throw new PayloadTooLargeError(`A file that is imported has at most ${most} bytes.`);
  }
}

const wrongOffset = (received: number) =>
  new BadUserInputError({ offset: [`must be ${received}: so many bytes have arrived`] });

function modelOf({ counts, ...row }: ImportRow): Import {
  const kinds = new Map<string, ImportCount>();
  for (const [key, value] of Object.entries(counts)) {
    const [kind, outcome] = key.split(' ') as [string, 'created' | 'existing' | 'refused'];
    const count = kinds.get(kind) ?? { kind, created: 0, existing: 0, refused: 0 };
    kinds.set(kind, { ...count, [outcome]: value });
  }
  return { ...row, counts: [...kinds.values()].sort((one, other) => (one.kind < other.kind ? -1 : 1)) };
}
