import { fork, type ChildProcess } from 'node:child_process';
import { endWithUs } from './children.ts';
import type { Measured, Window } from './load.ts';

/** A process that makes load, so that it does not share a thread with what it measures. */
export class LoadProcess {
  private readonly child: ChildProcess;

  constructor(program: string) {
    this.child = fork(new URL(program, import.meta.url), { serialization: 'advanced' });
    endWithUs(this.child);
  }

  tell(message: object): void {
    this.child.send(message);
  }

  ask<Answer>(question: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const gone = (code: number | null) => reject(new Error(`The load process ended with ${code}.`));
      this.child.once('exit', gone);
      this.child.once('message', (answer: any) => {
        this.child.off('exit', gone);
        if (answer.error) reject(new Error(answer.error));
        else resolve(answer);
      });
      this.child.send(question);
    });
  }

  window(window: Window): Promise<Measured> {
    return this.ask(window);
  }

  stop(): void {
    this.child.kill();
  }
}

/** What the windows of one contender come to. */
export interface Figures {
  perSecond: number;
  p50: number;
  p99: number;
  /** Microseconds of CPU per request. */
  serverCpu: number;
  postgresCpu: number;
  /** Requests per second of each window, in the order of the rounds. */
  rounds: number[];
}

export function figuresOf(windows: readonly Measured[]): Figures {
  const sum = (value: (window: Measured) => number) =>
    windows.reduce((total, window) => total + value(window), 0);
  const requests = sum((window) => window.requests);
  const milliseconds = Float64Array.from(windows.flatMap((window) => [...window.milliseconds])).sort();
  const quantile = (q: number) => milliseconds[Math.min(requests - 1, Math.floor(requests * q))]!;
  return {
    perSecond: requests / sum((window) => window.seconds),
    p50: quantile(0.5),
    p99: quantile(0.99),
    serverCpu: (sum((window) => window.serverCpu) / requests) * 1e6,
    postgresCpu: (sum((window) => window.postgresCpu) / requests) * 1e6,
    rounds: windows.map((window) => window.requests / window.seconds),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How many times faster: of windows of the same round, which had the same neighbours on the machine. */
export function ratio(ours: Figures, theirs: Figures): number {
  return median(ours.rounds.map((perSecond, round) => perSecond / theirs.rounds[round]!));
}
