import { pagesOf, type ChangePage, type ChangeRow } from './change-log.js';

/** A page of each user after a revision of its own: at most `size` changes, of about `bytes`. */
type ReadChanges = (userIds: string[], afters: number[], size: number, bytes: number) => Promise<ChangeRow[]>;

interface Request {
  userId: string;
  after: number;
  resolve(page: ChangePage): void;
  reject(error: unknown): void;
}

const PAGE_SIZE = 50;
/** What one socket buffers: a replay would read what is beyond it once more. */
const PAGE_BYTES = 1024 * 1024;
const USERS_PER_READ = 250;
/** Shared by the users of a read. A page always holds one change, whatever its size. */
const READ_BYTES = 16 * 1024 * 1024;

/**
 * Reads changes with natural batching: while one read is in flight the next gathers, so however many users' topics
 * are woken, one statement at a time asks for all of them.
 */
export class ChangeFeed {
  private waiting: Request[] = [];
  private reading = false;

  constructor(private readonly read: ReadChanges) {}

  page(userId: string, after: number): Promise<ChangePage> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ userId, after, resolve, reject });
      if (this.reading) return;
      this.reading = true;
      // One batch of writes wakes many topics in one turn: all of them belong into the first read.
      queueMicrotask(() => void this.work());
    });
  }

  /** Where the log of a user begins and ends. */
  bounds(userId: string): Promise<Pick<ChangePage, 'currentRevision' | 'keptAfter'>> {
    return this.page(userId, Number.MAX_SAFE_INTEGER);
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) await this.answer(this.nextBatch());
    this.reading = false;
  }

  /** A user is asked for from one revision per read, so that the rows of an answer can be told apart. */
  private nextBatch(): Map<string, Request[]> {
    const batch = new Map<string, Request[]>();
    const later: Request[] = [];
    for (const request of this.waiting) {
      const same = batch.get(request.userId);
      if (same?.[0]?.after === request.after) same.push(request);
      else if (!same && batch.size < USERS_PER_READ) batch.set(request.userId, [request]);
      else later.push(request);
    }
    this.waiting = later;
    return batch;
  }

  private async answer(batch: Map<string, Request[]>): Promise<void> {
    const requests = [...batch.values()];
    try {
      const afters = requests.map(([first]) => first!.after);
      const bytes = Math.min(PAGE_BYTES, Math.floor(READ_BYTES / batch.size));
      const pages = pagesOf(await this.read([...batch.keys()], afters, PAGE_SIZE, bytes));
      for (const [userId, waiting] of batch) {
        for (const request of waiting) request.resolve(pages.get(userId)!);
      }
    } catch (error) {
      for (const request of requests.flat()) request.reject(error);
    }
  }
}
