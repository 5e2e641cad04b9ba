import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Results } from './benchmark.ts';
import { SETTINGS } from './database.ts';
import { ratio, type Figures } from './measure.ts';
import { BARE, type RequestResults } from './requests.ts';
import { PACED_EVENTS_PER_SECOND, type SubscriptionResult } from './subscriptions/measure.ts';
import type { Workload } from './operations.ts';

const OURS = 'Recollect';

/** What is to be reached at 32 connections: how many times faster than whom. */
const RATIOS: readonly { workload: Workload; rival: string; least: number }[] = [
  { workload: 'record', rival: 'PostGraphile', least: 2 },
  { workload: 'record', rival: 'plain Nest', least: 4 },
  { workload: 'record', rival: 'Mercurius', least: 1.2 },
  { workload: 'recent', rival: 'PostGraphile', least: 1.9 },
  { workload: 'recent', rival: 'plain Nest', least: 2.8 },
];
const MOST_MILLISECONDS = 2;
const MOST_PAGE_RATIO = 1.2;
const LEAST_FAN_OUT = 2.2;
const MOST_KILOBYTES = 25;

const MEASURED: Record<Workload, string> = {
  record: '`recordInteraction` of a whole turn, 8 fields of it back',
  recent: '`recentInteractions(limit: 20)`, 8 fields each',
  sessions: '`sessions(first: 20)`, 8 fields each and the interaction count',
};

const PACKAGES = [
  '@nestjs/core',
  '@nestjs/graphql',
  '@apollo/server',
  'typeorm',
  'pg',
  'postgraphile',
  'mercurius',
  'graphql-subscriptions',
];

const whole = (value: number) => Math.round(value).toLocaleString('en');

export function report(results: Results): string {
  return `${[
    '# Results',
    ...preamble(results),
    ...targets(results),
    ...results.requests.flatMap((result, index, all) => [
      ...(all[index - 1]?.workload === result.workload ? [] : [`## ${MEASURED[result.workload]}`]),
      requestTable(result),
    ]),
    ...pages(results),
    ...(results.subscriptions.length > 0
      ? ['## Subscriptions', subscriptionTable(results.subscriptions)]
      : []),
  ].join('\n\n')}\n`;
}

function preamble({ postgres, loadBefore, minutes }: Results): string[] {
  const [cpu] = os.cpus();
  const settings = Object.entries(SETTINGS).map(([name, value]) => `${name} ${value}`);
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`);
  return [
    'Written by `npm run bench`, which repeats all of it; see bench/README.md for what the contenders are.',
    [
      `- Machine: ${os.cpus().length} x ${cpu?.model.trim()}, ${Math.round(os.totalmem() / 2 ** 30)} GB, ${os.type()} ${os.release()}. Load, services and PostgreSQL share it.`,
      `- Node ${process.versions.node}; PostgreSQL ${postgres} (embedded, fsync on, ${settings.join(', ')}); ${versions.join(', ')}.`,
      '- Data: 1,000 users x 20 sessions x 25 interactions; each request is for a random user, with that user’s token.',
      '- Every round gives each contender a window of two seconds in turn; a ratio is the median over the rounds.',
      `- Load average before: ${loadBefore.toFixed(1)}. ${minutes.toFixed(1)} minutes in all.`,
    ].join('\n'),
  ];
}

function versionOf(name: string): string {
  const manifest = readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8');
  return JSON.parse(manifest).version;
}

function targets(results: Results): string[] {
  const lines = [
    ...ratioLines(results),
    ...latencyLines(results),
    ...pageLines(results),
    ...fanOutLines(results),
  ];
  return lines.length > 0
    ? ['## Targets', ['| target | measured | |', '|---|---|---|', ...lines].join('\n')]
    : [];
}

/** `where` is where the time goes, which is of interest when it is too much. */
function verdict(name: string, measured: string, shortBy: number, where?: string): string {
  const missed = `missed by ${(shortBy * 100).toFixed(0)} %${where ? `; ${where}` : ''}`;
  return `| ${name} | ${measured} | ${shortBy <= 0 ? 'met' : missed} |`;
}

function cpuOf({ serverCpu, postgresCpu }: Figures): string {
  return `${whole(serverCpu)} + ${whole(postgresCpu)}`;
}

function ratioLines({ requests }: Results): string[] {
  return RATIOS.flatMap(({ workload, rival, least }) => {
    const result = requests.find((one) => one.workload === workload && one.connections === 32);
    if (!result) return [];
    const [ours, theirs] = [result.figures[OURS]!, result.figures[rival]!];
    const reached = ratio(ours, theirs);
    return verdict(
      `${workload} >= ${least} x ${rival}`,
      `${reached.toFixed(2)} x`,
      1 - reached / least,
      `CPU us per request, Node + PostgreSQL: ${cpuOf(ours)} against ${cpuOf(theirs)}`,
    );
  });
}

function latencyLines({ requests }: Results): string[] {
  return requests.flatMap(({ workload, connections, figures }) => {
    if (connections !== 1 || workload === 'sessions') return [];
    const { p50 } = figures[OURS]!;
    const name = `${workload} at 1 connection: p50 < ${MOST_MILLISECONDS} ms`;
    return verdict(name, `${p50.toFixed(2)} ms`, p50 / MOST_MILLISECONDS - 1);
  });
}

function pageLines({ pages, pageRatio }: Results): string[] {
  if (pages.length === 0) return [];
  const name = `page 50 of \`sessions\` within ${MOST_PAGE_RATIO} x of page 1`;
  return [verdict(name, `${pageRatio.toFixed(2)} x`, pageRatio / MOST_PAGE_RATIO - 1)];
}

function fanOutLines({ subscriptions }: Results): string[] {
  return subscriptions.flatMap((ours) => {
    if (ours.title !== OURS) return [];
    const stock = subscriptions.find(
      ({ title, layout, subscribers }) =>
        title !== OURS && layout === ours.layout && subscribers === ours.subscribers,
    )!;
    const reached = ours.perSecond / stock.perSecond;
    const who = `${whole(ours.subscribers)} subscribers of ${ours.layout}`;
    const kilobytes = ours.kilobytesPerSubscriber;
    const fanOut = `${who}: >= ${LEAST_FAN_OUT} x stock Nest`;
    const memory = `${who}: <= ${MOST_KILOBYTES} kB each`;
    return [
      verdict(fanOut, `${reached.toFixed(2)} x`, 1 - reached / LEAST_FAN_OUT),
      verdict(memory, `${kilobytes.toFixed(1)} kB`, kilobytes / MOST_KILOBYTES - 1),
    ];
  });
}

function requestTable({ connections, figures }: RequestResults): string {
  const ours = figures[OURS]!;
  const row = ([title, one]: [string, Figures]) => {
    const server = title === BARE ? '' : whole(one.serverCpu);
    const times = title === OURS ? '' : ratio(ours, one).toFixed(2);
    return `| ${title} | ${whole(one.perSecond)} | ${times} | ${one.p50.toFixed(2)} | ${one.p99.toFixed(2)} | ${server} | ${whole(one.postgresCpu)} |`;
  };
  return [
    `| ${connections} connection${connections > 1 ? 's' : ''} | requests/s | Recollect is x times faster | p50 ms | p99 ms | CPU us/request, Node | PostgreSQL |`,
    '|---|---|---|---|---|---|---|',
    ...Object.entries(figures).map(row),
  ].join('\n');
}

function pages({ pages: figures }: Results): string[] {
  if (figures.length === 0) return [];
  const rows = figures.map(
    ({ title, perSecond, p50 }) => `| ${title} | ${whole(perSecond)} | ${p50.toFixed(2)} |`,
  );
  return [
    '## Pages of a user with 1,100 sessions',
    ['| 8 connections | requests/s | p50 ms |', '|---|---|---|', ...rows].join('\n'),
  ];
}

function subscriptionTable(results: readonly SubscriptionResult[]): string {
  const rows = results.map(
    ({ title, layout, subscribers, perSecond, pacedP99, kilobytesPerSubscriber }) =>
      `| ${whole(subscribers)} of ${layout} | ${title} | ${whole(perSecond)} | ${pacedP99.toFixed(1)} | ${kilobytesPerSubscriber.toFixed(1)} |`,
  );
  return [
    `| subscribers | service | events/s delivered, at most | p99 ms from record to receipt, at ${whole(PACED_EVENTS_PER_SECOND)} events/s | kB each |`,
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
