import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { RECORD, graphql } from './service.js';

const RETRY_MILLISECONDS = 20;

/** Clients that record without a pause, and repeat what was not acknowledged under the same id. */
export class Writers {
  readonly acknowledged: string[] = [];
  /** How many attempts failed. */
  failures = 0;
  private stopped = false;
  private broken: unknown;
  private readonly running: Promise<unknown>;

  constructor(
    private readonly url: string,
    tokens: string[],
  ) {
    this.running = Promise.all(tokens.map((token) => this.write(token))).catch((error: unknown) => {
      this.broken = error;
    });
  }

  /** Waits until this many more interactions have been acknowledged. */
  async progress(count: number): Promise<void> {
    const goal = this.acknowledged.length + count;
    while (this.acknowledged.length < goal) {
      if (this.broken) throw this.broken as Error;
      await wait(RETRY_MILLISECONDS);
    }
  }

  /** Lets each writer finish what it has begun. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async write(token: string): Promise<void> {
    while (!this.stopped && !this.broken) {
      const id = randomUUID();
      const input = { id, question: `What is ${id}?`, answer: `It is ${id}.` };
      while (!(await this.record(input, token))) await wait(RETRY_MILLISECONDS);
      this.acknowledged.push(id);
    }
  }

  private async record(input: object, token: string): Promise<boolean> {
    try {
      const { data, errors } = await graphql(this.url, RECORD, { input }, token);
      if (data?.recordInteraction) return true;
      const code = errors?.[0]?.extensions.code;
      if (code !== 'UNAVAILABLE') throw new Error(`The answer was ${JSON.stringify(errors)}.`);
    } catch (error) {
      // What fetch throws when nobody listens, or the connection breaks; of the world outside jest's.
      if ((error as Error).name !== 'TypeError') throw error;
    }
    this.failures++;
    return false;
  }
}
