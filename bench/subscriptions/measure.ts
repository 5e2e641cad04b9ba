import { setTimeout as wait } from 'node:timers/promises';
import type { Bench } from '../benchmark.ts';
import { residentKilobytes } from '../cpu.ts';
import { LoadProcess } from '../measure.ts';
import { PLAIN, RECOLLECT, startServer, type Contender } from '../servers.ts';
import type { Command, Delivery, Layout } from './load.ts';

export interface SubscriptionResult {
  title: string;
  layout: string;
  subscribers: number;
  perSecond: number;
  /** At a steady rate that is well below the most that either service can do. */
  pacedP99: number;
  kilobytesPerSubscriber: number;
}

/** Recollect lets one user have 200 connections: the subscribers of one user share them, with stock Nest as well. */
const LAYOUTS: Record<string, Omit<Layout, 'subscribers'>> = {
  'one user': { users: 1, sockets: 200 },
  '100 users': { users: 100, sockets: 200 },
};
const PUBLISHERS: Record<string, number> = { 'one user': 4, '100 users': 32 };
const SIZES = [1000, 5000];

export const PACED_EVENTS_PER_SECOND = 2500;
const SETTLE_MILLISECONDS = 1500;
const FULL_SECONDS = { saturate: 3, pace: 3 };
const QUICK_SECONDS = { saturate: 2, pace: 2 };

const CONTENDERS: readonly Contender[] = [RECOLLECT, { ...PLAIN, title: 'stock Nest' }];

/** Contenders take turns with each size and layout, each in a process that has served nothing else but a warm-up. */
export async function measureSubscriptions(bench: Bench): Promise<SubscriptionResult[]> {
  const results: SubscriptionResult[] = [];
  for (const [name, layout] of Object.entries(LAYOUTS)) {
    for (const subscribers of SIZES) {
      for (const contender of CONTENDERS) {
        const result = await measureOne(bench, contender, name, { ...layout, subscribers });
        results.push(result);
        console.log(
          `${subscribers} subscribers of ${name}: ${result.title} ${Math.round(result.perSecond)} events/s, ` +
            `p99 ${result.pacedP99.toFixed(1)} ms, ${result.kilobytesPerSubscriber.toFixed(1)} kB each`,
        );
      }
    }
  }
  return results;
}

async function measureOne(
  bench: Bench,
  contender: Contender,
  name: string,
  layout: Layout,
): Promise<SubscriptionResult> {
  const { saturate, pace } = bench.options.quick ? QUICK_SECONDS : FULL_SECONDS;
  const server = await startServer(contender, bench.environment);
  const load = new LoadProcess('./subscriptions/load.ts');
  const ask = <Answer = object>(command: Command) => load.ask<Answer>(command);
  const open = (subscribers: number): Command => ({
    kind: 'open',
    port: server.port,
    dialect: contender.dialect as 'recollect' | 'plain',
    tokens: bench.secrets.tokens,
    layout: { ...layout, subscribers },
  });
  try {
    await ask(open(layout.users));
    await ask({ kind: 'saturate', publishers: 4, seconds: 1 });
    await ask({ kind: 'close' });
    await wait(SETTLE_MILLISECONDS);
    const before = residentKilobytes(server.pid);
    await ask(open(layout.subscribers));
    await wait(SETTLE_MILLISECONDS);
    const kilobytes = residentKilobytes(server.pid) - before;
    const recordsPerSecond = PACED_EVENTS_PER_SECOND / (layout.subscribers / layout.users);
    const paced = await ask<Delivery>({ kind: 'pace', recordsPerSecond, seconds: pace });
    const saturated = await ask<Delivery>({
      kind: 'saturate',
      publishers: PUBLISHERS[name]!,
      seconds: saturate,
    });
    await ask({ kind: 'close' });
    const delays = paced.milliseconds.sort();
    return {
      title: contender.title,
      layout: name,
      subscribers: layout.subscribers,
      perSecond: saturated.delivered / saturated.seconds,
      pacedP99: delays[Math.floor(delays.length * 0.99)]!,
      kilobytesPerSubscriber: kilobytes / layout.subscribers,
    };
  } finally {
    load.stop();
    await server.stop();
  }
}
