import { HttpConnection, requestHead, requestText } from '../http-connection.ts';
import { dialects } from '../operations.ts';
import { texts } from '../texts.ts';
import { SubscriberSocket } from './socket.ts';

/** Subscribers of some users; those of one user share at most `sockets` connections. */
export interface Layout {
  subscribers: number;
  users: number;
  /** Of one user. */
  sockets: number;
}

export type Command =
  | { kind: 'open'; port: number; dialect: 'recollect' | 'plain'; tokens: string[]; layout: Layout }
  /** Each of `publishers` records, waits until all of the user's subscribers have it, and records again. */
  | { kind: 'saturate'; publishers: number; seconds: number }
  /** So many records a second, whatever becomes of them. */
  | { kind: 'pace'; recordsPerSecond: number; seconds: number }
  | { kind: 'close' };

export interface Delivery {
  /** Events that reached a subscriber. */
  delivered: number;
  records: number;
  seconds: number;
  /** From sending the record to the subscriber's having it. */
  milliseconds: Float64Array;
}

interface Published {
  at: number;
  outstanding: number;
  complete(): void;
}

const EVENT = 'id sessionId status question answer questionTokens answerTokens occurredAt';
const SUBSCRIPTIONS = {
  recollect: `subscription { interactionAdded { interaction { ${EVENT} } } }`,
  plain: `subscription { interactionAdded { ${EVENT} } }`,
};
/** Leads to the number of the event, in the question. */
const MARK = Buffer.from('"question":"#');
const OPENING_AT_ONCE = 50;
const LOST_MILLISECONDS = 15_000;
const PROBE_MILLISECONDS = 1000;

const [question, answer] = texts(2, 4) as [string, string];

class Audience {
  private readonly sockets: SubscriberSocket[] = [];
  private readonly published = new Map<number, Published>();
  private readonly options: Extract<Command, { kind: 'open' }>;
  private readonly perUser: number;
  private count = 0;
  private milliseconds: number[] = [];
  private failure: Error | null = null;

  constructor(options: Extract<Command, { kind: 'open' }>) {
    this.options = options;
    this.perUser = options.layout.subscribers / options.layout.users;
  }

  async open(): Promise<void> {
    const { port, dialect, tokens, layout } = this.options;
    const perSocket = Math.max(1, this.perUser / layout.sockets);
    const waiting = tokens
      .slice(0, layout.users)
      .flatMap((token) => new Array<string>(this.perUser / perSocket).fill(token));
    while (waiting.length > 0) {
      const batch = waiting.splice(0, OPENING_AT_ONCE).map((token) => {
        const socket = new SubscriberSocket({
          ...{ port, token, query: SUBSCRIPTIONS[dialect], subscriptions: perSocket },
          onEvent: (message) => this.receive(message),
          onFailure: (error) => (this.failure ??= error),
        });
        this.sockets.push(socket);
        return socket.subscribed;
      });
      await this.orFailure(Promise.all(batch));
    }
    await this.probe();
  }

  /** The protocol does not tell when a subscription is in force: it is once an event reaches every subscriber. */
  private async probe(): Promise<void> {
    const connection = new HttpConnection(this.options.port);
    for (let user = 0; user < this.options.layout.users;) {
      const all = await this.publish(connection, user, PROBE_MILLISECONDS);
      if (all) user++;
    }
    connection.close();
    this.published.clear();
  }

  async saturate(publishers: number, seconds: number): Promise<Delivery> {
    return this.measure(seconds, async (isOver) => {
      const work = async (publisher: number) => {
        const connection = new HttpConnection(this.options.port);
        for (let turn = publisher; !isOver(); turn += publishers) await this.publishOrFail(connection, turn);
        connection.close();
      };
      await Promise.all(Array.from({ length: publishers }, (_, publisher) => work(publisher)));
    });
  }

  async pace(recordsPerSecond: number, seconds: number): Promise<Delivery> {
    return this.measure(seconds, async (isOver) => {
      const free: HttpConnection[] = [];
      const open: Promise<void>[] = [];
      const start = performance.now();
      for (let turn = 0; !isOver(); turn++) {
        const due = start + (turn * 1000) / recordsPerSecond;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
        const connection = free.pop() ?? new HttpConnection(this.options.port);
        open.push(this.publishOrFail(connection, turn).then(() => void free.push(connection)));
      }
      await Promise.all(open);
      for (const connection of free) connection.close();
    });
  }

  close(): void {
    for (const socket of this.sockets) socket.close();
  }

  private async measure(seconds: number, load: (isOver: () => boolean) => Promise<void>): Promise<Delivery> {
    this.milliseconds = [];
    const [start, first] = [performance.now(), this.count];
    await load(() => performance.now() - start > seconds * 1000);
    return {
      delivered: this.milliseconds.length,
      records: this.count - first,
      seconds: (performance.now() - start) / 1000,
      milliseconds: Float64Array.from(this.milliseconds),
    };
  }

  private async publishOrFail(connection: HttpConnection, turn: number): Promise<void> {
    const all = await this.publish(connection, turn % this.options.layout.users, LOST_MILLISECONDS);
    if (!all) throw new Error('An event did not reach every subscriber.');
  }

  /** Records an interaction; whether it then reached every subscriber of the user, once. */
  private async publish(connection: HttpConnection, user: number, patience: number): Promise<boolean> {
    const { dialect, tokens } = this.options;
    const number = this.count++;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const operation = dialects[dialect].record;
    const variables = operation.variables('', `#${number} ${question}`, answer);
    const request = requestText(
      requestHead(tokens[user]!),
      JSON.stringify({ query: operation.query, variables }),
    );
    this.published.set(number, {
      at: performance.now(),
      outstanding: this.perUser,
      complete: () => resolve(true),
    });
    const body = await this.orFailure(connection.send(request));
    if (body.includes('"errors"')) throw new Error(String(body));
    const timer = setTimeout(() => resolve(false), patience);
    const all = await this.orFailure(promise);
    clearTimeout(timer);
    return all;
  }

  private receive(message: Buffer): void {
    const mark = message.indexOf(MARK);
    if (mark < 0) return void (this.failure ??= new Error(`Not an event: ${String(message)}`));
    const number = Number.parseInt(
      message.toString('latin1', mark + MARK.length, mark + MARK.length + 10),
      10,
    );
    const event = this.published.get(number);
    // A probe that had to be repeated.
    if (!event) return;
    this.milliseconds.push(performance.now() - event.at);
    event.outstanding--;
    if (event.outstanding === 0) event.complete();
    else if (event.outstanding < 0) this.failure ??= new Error('A subscriber got an event twice.');
  }

  private async orFailure<T>(promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const failed = new Promise<never>((_, reject) => {
      timer = setInterval(() => this.failure && reject(this.failure), 100);
    });
    try {
      return await Promise.race([promise, failed]);
    } finally {
      clearInterval(timer);
    }
  }
}

let audience: Audience | undefined;

async function run(command: Command): Promise<object> {
  switch (command.kind) {
    case 'open':
      audience = new Audience(command);
      await audience.open();
      return {};
    case 'saturate':
      return audience!.saturate(command.publishers, command.seconds);
    case 'pace':
      return audience!.pace(command.recordsPerSecond, command.seconds);
    case 'close':
      audience!.close();
      return {};
  }
}

process.on('message', async (command: Command) => {
  try {
    process.send!(await run(command));
  } catch (error) {
    process.send!({ error: String(error) });
  }
});
