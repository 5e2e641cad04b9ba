import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const SSL_REQUEST = 80_877_103;
const PROTOCOL_3 = 196_608;
const SETTINGS = { server_encoding: 'UTF8', client_encoding: 'UTF8', TimeZone: 'UTC', DateStyle: 'ISO, MDY' };

/** What is answered together: a simple query, or all messages up to a Sync. */
interface Unit {
  client: Client;
  bytes: Buffer;
}

/**
 * A real PostgreSQL with pgvector: PGlite behind its socket server. It has one session. The server mixes the messages
 * of several connections in it, and with them their portals, statements, roles and notifications. Hence a pooler in
 * front of it, with one connection to it: a unit at a time, a transaction without others in between, names of statements
 * and roles by client, notifications for who listens.
 */
export class PgvectorServer {
  private readonly clients = new Set<Client>();
  private readonly waiting: Unit[] = [];
  private running: Unit | 'own' | null = null;
  /** Whose transaction is open. */
  private holder: Client | null = null;
  private role = '';
  private readonly ready: (() => void)[] = [];

  private constructor(
    private readonly db: PGlite,
    private readonly server: PGLiteSocketServer,
    private readonly backend: Socket,
    private readonly listener: Server,
  ) {}

  /** Without `vector` as if pgvector were not installed. */
  static async start(extensions: 'vector' | 'none' = 'vector'): Promise<PgvectorServer> {
    const db = await PGlite.create({ extensions: extensions === 'vector' ? { vector } : {} });
    const server = new PGLiteSocketServer({ db, port: 0 });
    await server.start();
    const backend = connect(Number(server.getServerConn().split(':')[1]), '127.0.0.1');
    const listener = createServer();
    const pooler = new PgvectorServer(db, server, backend, listener);
    const messages = new MessageReader((type, message) => pooler.answer(type, message));
    backend.on('data', (chunk: Buffer) => messages.take(chunk));
    await once(backend, 'connect');
    await pooler.run(startup({ user: 'postgres', database: 'postgres' }));
    await pooler.run(query(`set timezone = 'UTC'; set jit = off`));
    listener.on('connection', (socket) => pooler.clients.add(new Client(socket, pooler)));
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    return pooler;
  }

  get url(): string {
    const { port } = this.listener.address() as AddressInfo;
    return `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  async stop(): Promise<void> {
    this.listener.close();
    for (const { socket } of this.clients) socket.destroy();
    this.backend.destroy();
    await this.server.stop();
    await this.db.close();
  }

  submit(unit: Unit): void {
    this.waiting.push(unit);
    void this.next();
  }

  leave(client: Client): void {
    this.clients.delete(client);
    for (let at = this.waiting.length - 1; at >= 0; at--) {
      if (this.waiting[at]!.client === client) this.waiting.splice(at, 1);
    }
    if (this.holder === client) this.waiting.unshift({ client, bytes: query('rollback') });
    void this.next();
  }

  private async next(): Promise<void> {
    if (this.running) return;
    const at = this.holder ? this.waiting.findIndex(({ client }) => client === this.holder) : 0;
    const unit = this.waiting[at];
    if (!unit) return;
    this.waiting.splice(at, 1);
    const { role } = unit.client;
    if (this.role !== role && !this.holder) {
      await this.run(query(role ? `set role ${role}` : 'reset role'));
      this.role = role;
    }
    this.running = unit;
    this.backend.write(unit.bytes);
  }

  /** Something of the pooler's own. */
  private async run(bytes: Buffer): Promise<void> {
    this.running = 'own';
    this.backend.write(bytes);
    await new Promise<void>((resolve) => this.ready.push(resolve));
  }

  private answer(type: string, message: Buffer): void {
    if (type === 'A') {
      const channel = message.toString('utf8', 9, message.indexOf(0, 9));
      for (const client of this.clients) if (client.listens.has(channel)) client.socket.write(message);
      return;
    }
    const { running } = this;
    if (running && running !== 'own') running.client.socket.write(message);
    if (type !== 'Z') return;
    this.running = null;
    if (running === 'own') return this.ready.shift()?.();
    this.holder = message.toString('latin1', 5) === 'I' ? null : (running?.client ?? null);
    void this.next();
  }
}

let clients = 0;

class Client {
  role = '';
  readonly listens = new Set<string>();
  private readonly number = ++clients;
  private unit: Buffer[] = [];
  private readonly messages = new MessageReader((type, message) => this.take(type, message));
  private buffer: Buffer | null = Buffer.alloc(0);

  constructor(
    readonly socket: Socket,
    private readonly pooler: PgvectorServer,
  ) {
    socket.on('data', (chunk: Buffer) => (this.buffer ? this.begin(chunk) : this.messages.take(chunk)));
    socket.on('error', () => undefined).on('close', () => pooler.leave(this));
  }

  /** The messages before the first that has a type. */
  private begin(chunk: Buffer): void {
    const buffer = Buffer.concat([this.buffer!, chunk]);
    this.buffer = buffer;
    if (buffer.length < 8 || buffer.length < buffer.readInt32BE(0)) return;
    const length = buffer.readInt32BE(0);
    const code = buffer.readInt32BE(4);
    if (code === SSL_REQUEST) {
      this.buffer = Buffer.alloc(0);
      this.socket.write('N');
    } else if (code === PROTOCOL_3) {
      this.role = /-c role=(\w+)/.exec(buffer.toString('utf8', 8, length))?.[1] ?? '';
      this.buffer = null;
      this.socket.write(welcome(this.number));
    } else {
      this.socket.destroy(); // a request to cancel
    }
  }

  private take(type: string, message: Buffer): void {
    if (type === 'X') return void this.socket.end();
    if (type === 'Q') {
      const [, listen, channel] = /^\s*(un)?listen "?(\w+)/i.exec(message.toString('utf8', 5)) ?? [];
      if (channel) this.listens[listen ? 'delete' : 'add'](channel);
    }
    this.unit.push(this.renamed(type, message));
    if (type !== 'Q' && type !== 'S') return;
    this.pooler.submit({ client: this, bytes: Buffer.concat(this.unit) });
    this.unit = [];
  }

  /** With the client's number in the name of the prepared statement that it speaks of. */
  private renamed(type: string, message: Buffer): Buffer {
    let at = type === 'P' ? 5 : -1;
    if (type === 'B') at = message.indexOf(0, 5) + 1;
    if ((type === 'D' || type === 'C') && message.toString('latin1', 5, 6) === 'S') at = 6;
    if (at < 0 || message[at] === 0) return message;
    const body = Buffer.concat([
      message.subarray(5, at),
      Buffer.from(`${this.number}_`),
      message.subarray(at),
    ]);
    return framed(type, body);
  }
}

/** Takes typed messages out of a stream. */
class MessageReader {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly onMessage: (type: string, message: Buffer) => void) {}

  take(chunk: Buffer): void {
    let buffer = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    while (buffer.length >= 5) {
      const length = 1 + buffer.readInt32BE(1);
      if (buffer.length < length) break;
      this.onMessage(buffer.toString('latin1', 0, 1), buffer.subarray(0, length));
      buffer = buffer.subarray(length);
    }
    this.rest = buffer;
  }
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function framed(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function query(text: string): Buffer {
  return framed('Q', Buffer.from(`${text}\0`));
}

function startup(parameters: Record<string, string>): Buffer {
  const body = Buffer.from(`${Object.entries(parameters).flat().join('\0')}\0\0`);
  return Buffer.concat([int32(body.length + 8), int32(PROTOCOL_3), body]);
}

function welcome(number: number): Buffer {
  const settings = Object.entries({ ...SETTINGS, server_version: '18.0', standard_conforming_strings: 'on' });
  return Buffer.concat([
    framed('R', int32(0)),
    ...settings.map(([name, value]) => framed('S', Buffer.from(`${name}\0${value}\0`))),
    framed('K', Buffer.concat([int32(number), int32(0)])),
    framed('Z', Buffer.from('I')),
  ]);
}
