import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RecollectError, UnavailableError } from '../common/errors.js';
import { leisure } from '../common/leisure.js';
import { rfc3339 } from '../common/scalars.js';
import { uuidv7 } from '../common/uuid.js';
import { CONFIG, type Config } from '../config/config.js';
import { Commands } from '../database/commands.js';
import { RecallService } from '../memory/recall.service.js';
import { ProfileService } from '../profile/profile.service.js';
import { TransferState } from '../progress/transfer-state.model.js';
import { ImportBatch, ImportWriter } from './import-batch.js';
import { ImportReader, type Item } from './import-reader.js';
import { ImportRepository, type TakenImport } from './import.repository.js';
import { FileError } from './json-items.js';

const SWEEP_MS = 5000;
const LEASE_SECONDS = 15;
const SIGN_OF_LIFE_MS = 3000;
const RETRY_MS = 1000;
/** Of one process at a time. */
const MOST_RUNS = 2;
/** What is parsed before others have their turn: about 4 ms. */
const SLICE_BYTES = 64 * 1024;

/** How long others wait for their turn, at most: then it looks whether somebody waits for an answer. */
const SPELL_MS = 200;
/** Somebody waits for an import too: a process that is always busy gives it a sixth of the time. */
const REST = { sampleMs: 30, patienceMs: 1000 };

/** Where a run has come in its file. */
interface Progress {
  position: number;
  readBytes: number;
}

/**
 * Imports files, a batch at a time, as runs of this process. Where one stands is stored with each batch: a run that finds
 * an import begun reads the file again from its beginning and passes over what is done.
 */
@Injectable()
export class ImportRuns implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ImportRuns.name);
  private readonly running = new Set<Promise<void>>();
  private readonly abort = new AbortController();
  private sweeper: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: ImportRepository,
    private readonly commands: Commands,
    private readonly profile: ProfileService,
    private readonly recall: RecallService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.sweeper = setInterval(() => this.look(), SWEEP_MS).unref();
    this.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.abort.abort();
    clearInterval(this.sweeper);
    await Promise.all(this.running);
  }

  /** There may be something to import. */
  look(): void {
    if (this.abort.signal.aborted || this.running.size >= MOST_RUNS) return;
    const run = this.work().finally(() => this.running.delete(run));
    this.running.add(run);
  }

  /** Imports one after the other until there is none that nobody works at. */
  private async work(): Promise<void> {
    try {
      while (!this.abort.signal.aborted) {
        const runId = uuidv7();
        const taken = await this.repository.take(runId, LEASE_SECONDS);
        if (!taken) return;
        await this.import(taken, runId);
      }
    } catch (error) {
      this.logger.warn(`An import could not go on: ${(error as Error).message}`);
    }
  }

  private async import(taken: TakenImport, runId: string): Promise<void> {
    const { userId, id } = taken;
    const alive = setInterval(() => {
      this.repository.renew(userId, id, runId, LEASE_SECONDS).catch(() => {}); // the next sign may arrive
    }, SIGN_OF_LIFE_MS).unref();
    const progress = { position: 0, readBytes: 0 };
    const end = (state: TransferState, message?: string) =>
      this.commands.run({ kind: 'endImport', userId, id, runId, state, message, ...progress, wakes: true });
    try {
      await this.store(taken, runId, progress);
      if (!this.abort.signal.aborted) await end(TransferState.COMPLETED);
    } catch (error) {
      if (error instanceof FileError) await end(TransferState.FAILED, error.message);
      else if (!(error instanceof RecollectError)) {
        this.logger.error(error);
        await end(TransferState.FAILED, 'The import failed for a reason that is not the file’s.');
      } else if (error instanceof UnavailableError) throw error;
      // Otherwise it was cancelled, is another run's by now, or its user is gone.
    } finally {
      clearInterval(alive);
    }
  }

  private async store(taken: TakenImport, runId: string, progress: Progress): Promise<void> {
    const reader = new ImportReader(taken.format, rfc3339(taken.createdAt));
    const writer = new ImportWriter(this.config, this.profile);
    let batch = new ImportBatch();
    let rested = performance.now();
    const flush = async () => {
      if (batch.groups.length > 0) await this.apply(taken, runId, batch, progress, reader);
      batch = new ImportBatch();
      if (performance.now() - rested < SPELL_MS) return;
      await this.recall.prepare(taken.userId);
      await leisure(this.abort.signal, REST).catch(() => {}); // whoever stops it sees the signal
      rested = performance.now();
    };
    try {
      for await (const item of this.items(taken, reader, progress)) {
        progress.position++;
        await writer.write(item, progress.position > taken.position ? batch : null);
        if (batch.isFull) await flush();
        if (this.abort.signal.aborted) return;
      }
    } catch (error) {
      if (error instanceof FileError) await flush(); // what came before the flaw is whole
      throw error;
    }
    await flush();
    await this.recall.prepare(taken.userId);
  }

  private async *items(taken: TakenImport, reader: ImportReader, progress: Progress): AsyncGenerator<Item> {
    for (let start = 0; start < taken.receivedBytes;) {
      const data = await this.repository.chunk(taken.userId, taken.id, start);
      if (!data || this.abort.signal.aborted) return;
      for (let offset = 0; offset < data.length; offset += SLICE_BYTES) {
        progress.readBytes = start + Math.min(offset + SLICE_BYTES, data.length);
        yield* reader.read(data.subarray(offset, offset + SLICE_BYTES));
        await setImmediate();
      }
      start += data.length;
    }
    yield* reader.end();
  }

  /** A batch that was stored, and whose acknowledgement was lost, is passed over by the database. */
  private async apply(
    { userId, id }: TakenImport,
    runId: string,
    { groups }: ImportBatch,
    progress: Progress,
    { found }: ImportReader,
  ): Promise<void> {
    const what = { groups, ...progress, format: found, leaseSeconds: LEASE_SECONDS };
    for (;;) {
      try {
        await this.commands.runLong({ kind: 'importItems', userId, id, runId, ...what, wakes: true });
        return;
      } catch (error) {
        if (!(error instanceof UnavailableError) || this.abort.signal.aborted) throw error;
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }
}
