import { statement } from '../database/statement.js';

/** One step of a user's revision: what happened, with what it happened to as it is now. */
export interface Change {
  revision: number;
  kind: string;
  at: string;
  sessionId: string | null;
  interactionId: string | null;
  session: object | null;
  interaction: object | null;
}

/** What the table holds after a revision: a page of changes, in order. */
export interface ChangePage {
  /** The user's revision now; null when there is no such user. */
  currentRevision: number | null;
  changes: Change[];
  /** Whether `changes` reaches the current revision. */
  complete: boolean;
}

export interface ChangeRow {
  user_id: string;
  current_revision: number | null;
  revision: number | null;
  kind: string;
  at: string;
  session_id: string | null;
  interaction_id: string | null;
  session: object | null;
  interaction: object | null;
}

/** At least one row for each user: one without a revision when nothing is new. */
export const changesSince = statement<ChangeRow>(
  'live_changes_since',
  'select * from changes_since($1::uuid[], $2::bigint[], $3)',
);

type ReadChanges = (userIds: string[], afters: number[], pageSize: number) => Promise<ChangeRow[]>;

interface Request {
  userId: string;
  after: number;
  resolve(page: ChangePage): void;
  reject(error: unknown): void;
}

/** A change carries whole texts, so a page is short: at the most about this many interactions are held at once. */
const PAGE_SIZE = 50;
const USERS_PER_READ = 250;

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

  /** Null when there is no such user. */
  async currentRevision(userId: string): Promise<number | null> {
    return (await this.page(userId, Number.MAX_SAFE_INTEGER)).currentRevision;
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
      const pages = toPages(await this.read([...batch.keys()], afters, PAGE_SIZE));
      for (const [userId, waiting] of batch) {
        const page = pages.get(userId) ?? { currentRevision: null, changes: [], complete: true };
        for (const request of waiting) request.resolve(page);
      }
    } catch (error) {
      for (const request of requests.flat()) request.reject(error);
    }
  }
}

function toPages(rows: ChangeRow[]): Map<string, ChangePage> {
  const pages = new Map<string, ChangePage>();
  for (const row of rows) {
    let page = pages.get(row.user_id);
    if (!page) {
      page = { currentRevision: row.current_revision, changes: [], complete: true };
      pages.set(row.user_id, page);
    }
    if (row.revision === null) continue;
    page.complete = row.revision >= (row.current_revision ?? 0);
    page.changes.push({
      revision: row.revision,
      kind: row.kind,
      at: row.at,
      sessionId: row.session_id,
      interactionId: row.interaction_id,
      session: row.session,
      interaction: row.interaction,
    });
  }
  return pages;
}
