import type { Commands } from '../database/commands.js';
import { TransferState } from '../progress/transfer-state.model.js';
import type { Totals } from './export.repository.js';

/** How often it is told how far an export has come. */
const TOLD_MS = 500;
/** A reader that takes its time is no reason to believe that the export has died. */
const SIGN_OF_LIFE_TURNS = 20;

/** Tells how far one export has come, while it is sent. */
export class ExportProgress {
  private readonly done = { sessionsDone: 0, interactionsDone: 0, bytes: 0 };
  private totals = { sessionsTotal: 0, interactionsTotal: 0 };
  private told = '';
  private silentTurns = 0;

  constructor(
    private readonly commands: Commands,
    private readonly userId: string,
    private readonly id: string,
  ) {}

  expect({ sessions, interactions }: Totals): void {
    this.totals = { sessionsTotal: sessions, interactionsTotal: interactions };
  }

  session(): void {
    this.done.sessionsDone++;
  }

  interactions(count: number): void {
    this.done.interactionsDone += count;
  }

  /** The pieces as they are. Whoever stops to take them before the end makes the export fail. */
  async *of(pieces: AsyncIterable<string>): AsyncGenerator<string> {
    let state = TransferState.FAILED;
    const clock = setInterval(() => this.tell(), TOLD_MS).unref();
    try {
      this.tell();
      for await (const piece of pieces) {
        this.done.bytes += Buffer.byteLength(piece);
        yield piece;
      }
      state = TransferState.COMPLETED;
    } finally {
      clearInterval(clock);
      await this.store(state);
    }
  }

  private tell(): void {
    const now = JSON.stringify(this.done);
    if (now === this.told && ++this.silentTurns < SIGN_OF_LIFE_TURNS) return;
    this.told = now;
    this.silentTurns = 0;
    void this.store(TransferState.RUNNING);
  }

  /** What could not be stored now is stored with what comes. */
  private async store(state: TransferState): Promise<void> {
    const { userId, id, done, totals } = this;
    const command = { kind: 'exportProgress', userId, id, state, ...done, ...totals, wakes: true };
    await this.commands.run(command).catch(() => (this.told = ''));
  }
}
