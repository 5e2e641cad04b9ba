import { userId, USERS } from './users.ts';
import { cpuOf, cpuOfFamily } from './cpu.ts';
import { HttpConnection, requestHead, requestText } from './http-connection.ts';
import { dialects, type DialectName, type Operation, type OperationName } from './operations.ts';
import { texts } from './texts.ts';

/** One window of load on one contender. */
export interface Window {
  port: number;
  pid: number;
  postgresPid: number;
  dialect: DialectName;
  workload: OperationName;
  connections: number;
  seconds: number;
  /** Only this user's, and from this cursor on. */
  user?: number;
  after?: string | null;
}

export interface Measured {
  requests: number;
  seconds: number;
  milliseconds: Float64Array;
  serverCpu: number;
  postgresCpu: number;
}

/** Before what counts: the connections open, and the caches hold what this contender needs. */
const LEAD_MILLISECONDS = 300;
/** How many answers are read in full; of the others it is known that they are long enough and hold no errors. */
const READ_ONE_OF = 50;
const ERRORS = Buffer.from('"errors"');

const question = texts(256, 1);
const answer = texts(256, 2);
const heads: string[] = [];

/** Makes the requests of a window; those without texts once for each user. */
function requestsOf({ query, variables }: Operation, after?: string | null): (user: number) => string {
  const write = (user: number) => {
    const [asked, answered] = [question[pick(question.length)]!, answer[pick(answer.length)]!];
    const values = after === undefined ? variables(userId(user), asked, answered) : { after };
    return requestText(heads[user - 1]!, JSON.stringify({ query, variables: values }));
  };
  if (variables.length > 1) return write;
  const written: string[] = [];
  return (user) => (written[user] ??= write(user));
}

function pick(size: number): number {
  return Math.floor(Math.random() * size);
}

/** Throws unless every row is there and says something. Returns the length that other answers will hardly fall short of. */
function checkInFull(body: Buffer, { path, rows }: Operation): number {
  let data = JSON.parse(String(body)).data;
  for (const name of path) data = data?.[name];
  const found = Array.isArray(data) ? data : [data];
  const isEmpty = (row: any) => !row || Object.keys(row).length === 0 || Object.values(row)[0] == null;
  if (found.length !== rows || found.some(isEmpty))
    throw new Error(`Not what was asked for: ${String(body)}`);
  return body.length / 2;
}

async function run(window: Window): Promise<Measured> {
  const { port, pid, postgresPid, dialect, workload, connections, seconds } = window;
  const operation = dialects[dialect][workload]!;
  const requestFor = requestsOf(operation, window.after);
  const milliseconds: number[] = [];
  let leastLength = 0;
  let count = 0;
  let phase: 'lead' | 'counted' | 'over' = 'lead';

  async function work(connection: HttpConnection): Promise<void> {
    while (phase !== 'over') {
      const start = performance.now();
      const body = await connection.send(requestFor(window.user ?? 1 + pick(USERS)));
      const end = performance.now();
      if (phase === 'counted') milliseconds.push(end - start);
      if (count++ % READ_ONE_OF === 0) leastLength = checkInFull(body, operation);
      else if (body.length < leastLength || body.includes(ERRORS))
        throw new Error(`Not an answer: ${String(body)}`);
    }
  }

  const open = Array.from({ length: connections }, () => new HttpConnection(port));
  const working = Promise.all(open.map(work));
  const wait = (time: number) => Promise.race([working, new Promise((resolve) => setTimeout(resolve, time))]);
  try {
    await wait(LEAD_MILLISECONDS);
    phase = 'counted';
    const [start, serverStart, postgresStart] = [performance.now(), cpuOf(pid), cpuOfFamily(postgresPid)];
    await wait(seconds * 1000);
    phase = 'over';
    const measured = {
      requests: milliseconds.length,
      seconds: (performance.now() - start) / 1000,
      serverCpu: cpuOf(pid) - serverStart,
      postgresCpu: cpuOfFamily(postgresPid) - postgresStart,
    };
    await working;
    return { ...measured, milliseconds: Float64Array.from(milliseconds) };
  } finally {
    for (const connection of open) connection.close();
  }
}

process.on('message', async (message: { tokens: string[] } | Window) => {
  if ('tokens' in message) {
    heads.push(...message.tokens.map(requestHead));
    return;
  }
  try {
    process.send!(await run(message));
  } catch (error) {
    process.send!({ error: String(error) });
  }
});
