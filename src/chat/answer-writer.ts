import type { Commands } from '../database/commands.js';
import { ConflictError, NotFoundError, UnauthenticatedError } from '../common/errors.js';

/** Who writes which answer. */
export interface Run {
  readonly userId: string;
  readonly interactionId: string;
  readonly runId: string;
}

/** How long an answer waits for a sign of life of its writer before another process finishes it. */
export const LEASE_SECONDS = 15;
const SIGN_OF_LIFE_MS = 3000;
/** How often what has come is stored, and so shown. */
const FLUSH_MS = 120;
/** After a write that failed. */
const RETRY_MS = 500;

const HIGH_SURROGATE = /[\ud800-\udbff]$/;

/**
 * Stores an answer while it comes, piece by piece, and renews the lease of its run. While the database is away it
 * keeps what comes. `lost` is called when the answer is no longer this run's to write.
 */
export class AnswerWriter {
  /** All that has come, as it can be stored. */
  text = '';
  /** The first half of a character whose second is yet to come. */
  private half = '';
  private stored = 0;
  /** The piece that is being stored. It is sent again as it is: it may be there, and its acknowledgement lost. */
  private piece: { start: number; text: string } | undefined;
  private flushing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private nextFlush = 0;
  private readonly signsOfLife: NodeJS.Timeout;
  private closed = false;

  constructor(
    private readonly commands: Commands,
    private readonly run: Run,
    private readonly lost: () => void,
  ) {
    this.signsOfLife = setInterval(() => void this.extend({}), SIGN_OF_LIFE_MS).unref();
  }

  write(text: string): void {
    const whole = this.half + text.replaceAll('\0', '');
    this.half = HIGH_SURROGATE.exec(whole)?.[0] ?? '';
    this.text += whole.slice(0, whole.length - this.half.length).toWellFormed();
    this.schedule();
  }

  /** Stores nothing more. What has come is for whoever finishes the answer. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.signsOfLife);
    clearTimeout(this.timer);
    await this.flushing;
  }

  private schedule(): void {
    if (this.closed || this.timer || this.flushing || this.stored === this.text.length) return;
    const wait = Math.max(0, this.nextFlush - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.flushing = this.flush().finally(() => {
        this.flushing = undefined;
        this.schedule();
      });
    }, wait);
  }

  private async flush(): Promise<void> {
    this.piece ??= { start: this.stored, text: this.text.slice(this.stored) };
    const wasStored = await this.extend(this.piece);
    this.nextFlush = performance.now() + (wasStored ? FLUSH_MS : RETRY_MS);
    if (!wasStored) return;
    this.stored += this.piece.text.length;
    this.piece = undefined;
  }

  private async extend(piece: { start?: number; text?: string }): Promise<boolean> {
    const { userId, interactionId: id, runId } = this.run;
    const wakes = piece.text !== undefined;
    const command = { kind: 'extendAnswer', userId, id, runId, leaseSeconds: LEASE_SECONDS, ...piece, wakes };
    try {
      await this.commands.run(command);
      return true;
    } catch (error) {
      if (isRefusal(error)) this.lost();
      return false; // the database is away: it is tried again
    }
  }
}

/** Whether an answer, or its user, is no longer there to be written. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof ConflictError || error instanceof NotFoundError || error instanceof UnauthenticatedError
  );
}
