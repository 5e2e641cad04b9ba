import type { Bench } from './benchmark.ts';
import type { Measured, Window } from './load.ts';
import { figuresOf, LoadProcess, ratio, type Figures } from './measure.ts';
import { dialects, type Workload } from './operations.ts';
import { hasPgbench, measureSql } from './pgbench.ts';
import type { Server } from './servers.ts';
import { USER_WITH_MANY_SESSIONS } from './users.ts';

export const BARE = hasPgbench ? 'pgbench' : 'bare pg';

/** The figures of each contender, by its title. */
export interface RequestResults {
  workload: Workload;
  connections: number;
  figures: Record<string, Figures>;
}

/** Rounds by connections: the targets are about 32. */
const FULL = { warmUp: 2, seconds: 2, rounds: { 1: 2, 8: 2, 32: 4 }, pageRounds: 5 };
const QUICK = { warmUp: 1, seconds: 2, rounds: { 1: 1, 8: 1, 32: 1 }, pageRounds: 1 };

const FAR_PAGE = 50;
const PAGE_SIZE = 20;

/**
 * Contenders take turns: every round gives each of them a window, in an order that rotates, while the others are alive
 * and idle. Whatever else the machine does meets all of them alike.
 */
export async function measureRequests(
  bench: Bench,
  servers: readonly Server[],
  workloads: readonly Workload[],
): Promise<RequestResults[]> {
  const { warmUp, seconds, rounds } = bench.options.quick ? QUICK : FULL;
  const results: RequestResults[] = [];
  const load = startLoad(bench);
  try {
    for (const workload of workloads) {
      const runners = runnersOf(bench, load, servers, workload);
      for (const run of runners.values()) await run(32, warmUp);
      for (const [key, count] of Object.entries(rounds)) {
        const connections = Number(key);
        const windows = await interleave(runners, count, (run) => run(connections, seconds));
        const figures = Object.fromEntries([...windows].map(([title, list]) => [title, figuresOf(list)]));
        results.push({ workload, connections, figures });
        console.log(lineOf(workload, connections, figures));
      }
    }
  } finally {
    load.stop();
  }
  return results;
}

type Run = (connections: number, seconds: number) => Promise<Measured>;

function runnersOf(
  { database }: Bench,
  load: LoadProcess,
  servers: readonly Server[],
  workload: Workload,
): Map<string, Run> {
  const postgresPid = database.pid;
  const runners = new Map<string, Run>();
  for (const { title, port, pid, dialect } of servers) {
    runners.set(title, (connections, seconds) =>
      load.window({ port, pid, postgresPid, dialect, workload, connections, seconds }),
    );
  }
  runners.set(BARE, (connections, seconds) =>
    measureSql({ url: database.url, postgresPid, workload, connections, seconds }),
  );
  return runners;
}

async function interleave<Runner>(
  runners: ReadonlyMap<string, Runner>,
  rounds: number,
  measure: (runner: Runner) => Promise<Measured>,
): Promise<Map<string, Measured[]>> {
  const titles = [...runners.keys()];
  const windows = new Map<string, Measured[]>(titles.map((title) => [title, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < titles.length; turn++) {
      const title = titles[(turn + round) % titles.length]!;
      windows.get(title)!.push(await measure(runners.get(title)!));
    }
  }
  return windows;
}

function lineOf(workload: Workload, connections: number, figures: Record<string, Figures>): string {
  const each = Object.entries(figures).map(([title, { perSecond }]) => `${title} ${Math.round(perSecond)}`);
  return `${workload} at ${connections}: ${each.join(', ')} /s`;
}

function startLoad({ secrets }: Bench): LoadProcess {
  const load = new LoadProcess('./load.ts');
  load.tell({ tokens: secrets.tokens });
  return load;
}

/** The first page of a long list against one far down. */
export async function measurePages(bench: Bench, server: Server) {
  const { seconds, pageRounds } = bench.options.quick ? QUICK : FULL;
  const token = bench.secrets.tokens[USER_WITH_MANY_SESSIONS - 1]!;
  const window: Window = {
    ...{ port: server.port, pid: server.pid, postgresPid: bench.database.pid },
    ...{ dialect: 'recollect', workload: 'page', connections: 8, seconds: seconds / 2 },
    user: USER_WITH_MANY_SESSIONS,
  };
  const load = startLoad(bench);
  try {
    const cursors = new Map([
      ['page 1', null],
      [`page ${FAR_PAGE}`, await cursorBefore(server, token, FAR_PAGE)],
    ]);
    for (const after of cursors.values()) await load.window({ ...window, after });
    const windows = await interleave(cursors, pageRounds, (after) => load.window({ ...window, after }));
    const figures = [...windows].map(([title, list]) => ({ title, ...figuresOf(list) }));
    const [first, far] = figures;
    return { pages: figures, ratio: ratio(first!, far!) };
  } finally {
    load.stop();
  }
}

async function cursorBefore({ port }: Server, token: string, page: number): Promise<string | null> {
  let after: string | null = null;
  const { query } = dialects.recollect.page!;
  for (let n = 1; n < page; n++) {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { after } }),
    });
    const { data } = (await response.json()) as any;
    if (data.sessions.edges.length !== PAGE_SIZE) throw new Error(`Page ${n} is not full.`);
    after = data.sessions.pageInfo.endCursor;
  }
  return after;
}
