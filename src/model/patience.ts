/** How long to wait for an answer that comes in pieces: for each as long as for the first, for all of them so long. */
export class Patience {
  private readonly over = new AbortController();
  private readonly silence: NodeJS.Timeout;
  private readonly whole: NodeJS.Timeout;

  constructor(silenceMs: number, wholeMs: number) {
    const end = () => this.over.abort(new DOMException('Nothing came in time.', 'TimeoutError'));
    this.silence = setTimeout(end, silenceMs).unref();
    this.whole = setTimeout(end, wholeMs).unref();
  }

  /** Aborted when it has run out. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** Something came. */
  renew(): void {
    this.silence.refresh();
  }

  end(): void {
    clearTimeout(this.silence);
    clearTimeout(this.whole);
  }
}
